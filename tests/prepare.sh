#!/bin/sh
# What a run of tests needs before its first file. Whatever does not come about is noted in $BUILD/tests/setup/ and is
# the failure of tests/setup.t and of the tests that need it; it keeps no other from running, so the exit code is 0.
#
#   tests/prepare.sh begin                  forgets what an earlier run noted
#   tests/prepare.sh NAME COMMAND…          a step, as "packages scripts/needs.sh test"
#   tests/prepare.sh build TARGET… -- MAKE…  make with these targets, going on behind an error
#
# Notes: NAME.log (what the step printed), NAME.failed (why it failed, a line each).
set -u
export LC_ALL=C

: "${BUILD:=build}"
notes=$BUILD/tests/setup
mkdir -p "$notes"

# kept NAME COMMAND…: its output goes on, and into the log; its exit code.
kept() {
	log=$notes/$1.log
	shift
	{
		"$@" 2>&1
		echo $? >"$notes/code"
	} | tee "$log"
	return "$(cat "$notes/code")"
}

# The last line that says something, without make's own about it.
last_words() {
	grep -v '^make' "$1" | grep . | tail -n 1
}

# A target that was not made may be there from an earlier build: no test may take it for today's. make -q tells.
build() {
	targets=
	while [ "$1" != -- ]; do
		targets="$targets $1"
		shift
	done
	shift
	# shellcheck disable=SC2086 # a list of words
	kept build "$@" -k $targets && return
	error=$(grep -m 1 -E '(error|Error)[: ]|undefined reference|No rule' "$notes/build.log")
	for target in $targets; do
		"$@" -q "$target" >/dev/null 2>&1 && continue
		rm -f "$target"
		echo "$target was not built (the first error: ${error:-none said})"
	done >"$notes/build.failed"
	[ -s "$notes/build.failed" ] || echo "make failed: $(last_words "$notes/build.log")" >"$notes/build.failed"
}

case ${1:-} in
begin) rm -f "$notes"/*.failed "$notes"/*.log ;;
build)
	shift
	rm -f "$notes/build.failed"
	build "$@"
	;;
'' | -*)
	sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'
	exit 2
	;;
*)
	name=$1
	rm -f "$notes/$name.failed"
	shift
	kept "$name" "$@" || last_words "$notes/$name.log" | sed "s|^|$*: |" >"$notes/$name.failed"
	;;
esac
exit 0
