#!/bin/sh
# `make help` has every target that somebody may call and every variable that the pages name, and nothing that is
# not there.
set -u
export LC_ALL=C

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

. tests/tap.sh

# Steps of other targets.
internal='clang test-tools test-programs bench-programs'

# Neither what the caller of this test gave to make nor its jobs are of interest.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES T
make --no-print-directory help >"$work/help"
sed -n 's/^make \([a-z][a-z0-9-]*\).*/\1/p' "$work/help" | sort >"$work/helped"
grep -oE '\b[A-Z][A-Z0-9_]*=' "$work/help" | tr -d = | sort -u >"$work/variables"

# Both ways: .PHONY against the help.
targets() {
	make --no-print-directory -pq 2>/dev/null | sed -n 's/^\.PHONY: *//p' | tr ' ' '\n' | grep . | sort -u >"$work/phony"
	[ "$(wc -l <"$work/phony")" -gt 10 ] || return 1
	for target in $internal; do
		grep -qx "$target" "$work/phony" || { echo "no step: $target"; return 1; }
	done
	echo "$internal" | tr ' ' '\n' | sort >"$work/internal"
	comm -23 "$work/phony" "$work/internal" >"$work/callable"
	diff "$work/callable" "$work/helped" || {
		echo "<: not in make help (or a step: then name it in this test); >: no such target, or twice"
		return 1
	}
}

documented() {
	sed -n 's/^[a-z]*-variables := //p' scripts/rules.mk | tr ' ' '\n'
	grep -ohE '`[A-Z][A-Z0-9_]*=' docs/operation.md | tr -d '`='
	grep -ohE '\bmake [a-z0-9-]+( [A-Z][A-Z0-9_]*=[^ `]*)+' ./*.md docs/*.md | grep -oE '\b[A-Z][A-Z0-9_]*=' | tr -d =
}

variables() {
	documented | sort -u >"$work/documented"
	[ "$(wc -l <"$work/documented")" -gt 15 ] || return 1
	comm -23 "$work/documented" "$work/variables" >"$work/missing"
	sed 's/^/not in make help: /' "$work/missing"
	[ ! -s "$work/missing" ]
}

# Each one is read somewhere: as $(NAME), ${NAME…} or $NAME.
reads='[$][({]?'
used() {
	git ls-files --cached --others --exclude-standard -- Makefile '*.mk' scripts initramfs tests ':!tests/unit/help.t' |
		xargs -d '\n' cat 2>/dev/null | grep -av '^#' >"$work/text"
	while read -r variable; do
		grep -aqE "$reads$variable\\b" "$work/text" || { echo "nobody reads $variable"; return 1; }
	done <"$work/variables"
}

whole() {
	for words in 'KERNEL=own' 'LIMIT=seconds' 'ESP_BUS=virtio|ahci|nvme' 'CUTS='; do
		grep -qF -- "$words" "$work/help" || { echo "no $words"; return 1; }
	done
}

narrow() {
	! grep -E '.{111}' "$work/help"
}

check "its targets are those that there are" targets
check "it has every variable that the pages name" variables
check "every variable is read somewhere" used
check "lines that go on are there" whole
check "it is at most 110 columns wide" narrow
plan
