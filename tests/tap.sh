# TAP for test scripts; sourced. $work is the test's own folder. With $verbose what a command printed is shown
# also when its check is good: for tests whose output is evidence.
# shellcheck shell=sh
: "${work:?}"
count=0
failed=0
exec 9>&1 # where TAP goes, also from within a check

# skip_all REASON: ends the test before its first line.
skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}

# unready REASON: ends a test that cannot be set up, or not any further. That is its failure, and nobody else's.
unready() {
	failed=$((failed + 1))
	count=$((count + 1))
	echo "not ok $count - set-up: $*" >&9
	[ ! -s "$work/set-up.log" ] || tail -n 30 "$work/set-up.log" | sed 's/^/#   /' >&9
	echo "1..$count" >&9
	exit 1
}

# set_up WHAT COMMAND…: a step without which the test cannot go on. What it printed is in $work/set-up.out.
set_up() {
	what=$1
	shift
	"$@" >"$work/set-up.out" 2>"$work/set-up.log" || {
		[ -s "$work/set-up.log" ] || cp "$work/set-up.out" "$work/set-up.log"
		unready "$what: $(grep . "$work/set-up.log" | tail -n 1)"
	}
	: >"$work/set-up.log"
}

# needs FILE…: what the build must have left for this test.
needs() {
	for file; do
		[ -e "$file" ] || unready "$file is not there: make build test-programs (or see ${BUILD:-build}/tests/setup/build.log)"
	done
}

# check DESCRIPTION COMMAND…: one TAP line; what the command printed only when it failed.
check() {
	description=$1
	shift
	if "$@" >"$work/check.log" 2>&1; then
		count=$((count + 1))
		echo "ok $count - $description"
		[ -z "${verbose:-}" ] || sed 's/^/#   /' "$work/check.log"
	else
		count=$((count + 1))
		echo "not ok $count - $description"
		failed=$((failed + 1))
		echo "# $*"
		sed 's/^/#   /' "$work/check.log"
	fi
}

# skip DESCRIPTION REASON
skip() {
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}

# The plan, which comes last. False when something failed.
plan() {
	echo "1..$count"
	[ "$failed" -eq 0 ]
}
