# What the tests of dom0's units share; sourced by each. $UNIT is the file of a unit.
# shellcheck shell=sh

# as_219 FILE: the unit as systemd 219 reads it: without names and values that it does not know.
as_219() {
	awk -f tests/systemd-219.awk tests/systemd-219.txt "$1"
}

# exposure FILE: its number, "1.5"; nothing when there is none.
exposure() {
	systemd-analyze security --offline=true --no-pager "$1" 2>/dev/null |
		sed -n 's/^.*Overall exposure level for .*: \([0-9.]*\) .*/\1/p'
}

# at_most LIMIT NUMBER
at_most() {
	awk -v limit="$1" -v number="$2" 'BEGIN { exit !(number ~ /^[0-9]+\.[0-9]+$/ && number + 0 <= limit) }'
}

# setting NAME: its values, one a line.
setting() {
	sed -n "s/^$1=//p" "$UNIT"
}
