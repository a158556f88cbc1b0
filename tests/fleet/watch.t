#!/bin/sh
# shellcheck disable=SC2317 # check calls the functions
# The rules of fleet/watch as Prometheus's own promtool tests them; rules and dashboard name no metric that collect
# does not write. promtool is brought from Debian's archive and not installed.
set -u
export LC_ALL=C

: "${BUILD:=build}"
work=$(mktemp -d "${TMPDIR:-/tmp}/forestage-test-XXXXXX")
trap 'rm -rf "$work"' EXIT
count=0
failed=0
promtool=$(command -v promtool) || promtool=$BUILD/parts/prometheus/usr/bin/promtool

# check WHAT COMMAND…
check() {
	what=$1
	shift
	count=$((count + 1))
	if "$@" >"$work/out" 2>&1; then
		echo "ok $count - $what"
	else
		echo "not ok $count - $what"
		sed 's/^/# /' "$work/out" | tail -n 30
		failed=1
	fi
}

bring() {
	[ -x "$promtool" ] || scripts/fetch.sh bookworm "$BUILD/parts/prometheus" prometheus
}

# names FILE: the metrics that it names.
names() {
	grep -o 'forestage_[a-z_]*' "$1" | sort -u
}

named_are_written() {
	grep -o '"forestage_[a-z_]*"' dom0/collect/metrics.c | tr -d '"' | sort -u >"$work/written"
	[ -s "$work/written" ] || return 1
	for file in fleet/watch/forestage.rules.yml fleet/watch/forestage.test.yml fleet/watch/dashboard.json; do
		names "$file" | grep -vxF -f "$work/written" | sed "s#^#$file names what is not written: #"
	done >"$work/others"
	cat "$work/others"
	[ ! -s "$work/others" ]
}

# A rule that always or never fires is found by the tests of the rules.
tests_can_fail() {
	cp fleet/watch/*.yml "$work"
	sed -i 's/forestage_run_passed == 0/forestage_run_passed == 1/' "$work/forestage.rules.yml"
	! "$promtool" test rules "$work/forestage.test.yml"
}

check "promtool is there, or comes" bring
check "the rules are rules" "$promtool" check rules fleet/watch/forestage.rules.yml
check "each fires when it should, and not else" "$promtool" test rules fleet/watch/forestage.test.yml
check "and a wrong one is found" tests_can_fail
check "rules and dashboard name what collect writes" named_are_written
check "the dashboard is JSON" python3 -c 'import json; json.load(open("fleet/watch/dashboard.json"))'
echo "1..$count"
exit "$failed"
