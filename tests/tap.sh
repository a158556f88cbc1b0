# TAP for test scripts; sourced. $work is the test's own folder. With $verbose what a command printed is shown
# also when its check is good: for tests whose output is evidence.
# shellcheck shell=sh
: "${work:?}"
count=0
failed=0

# skip_all REASON: ends the test before its first line.
skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}

# check DESCRIPTION COMMAND…: one TAP line; what the command printed only when it failed.
check() {
	description=$1
	shift
	count=$((count + 1))
	if "$@" >"$work/check.log" 2>&1; then
		echo "ok $count - $description"
		[ -z "${verbose:-}" ] || sed 's/^/#   /' "$work/check.log"
	else
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
