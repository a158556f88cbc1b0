#!/bin/sh
# That fuzzers find: a fault behind two comparisons and two branches, of each kind, and the input is kept.
set -u
export LC_ALL=C

: "${BUILD:=build}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

. tests/tap.sh
needs "$BUILD/tests/planted"

# found KIND WORDS: within four million inputs, with these words, and the input that is kept does it again.
found() {
	rm -f "$work"/*-*
	if PLANTED=$1 "$BUILD/tests/planted" -runs=4000000 -seed=1 -artifact_prefix="$work/" >"$work/said" 2>&1; then
		tail -n 5 "$work/said"
		return 1
	fi
	grep -E "$2" "$work/said" || { tail -n 20 "$work/said"; return 1; }
	set -- "$1" "$2" "$work"/crash-*
	[ -s "$3" ] || return 1
	! PLANTED=$1 "$BUILD/tests/planted" "$3" >"$work/said" 2>&1 && grep -E "$2" "$work/said"
}

passes() {
	PLANTED='' "$BUILD/tests/planted" -runs=1000 -seed=1 >"$work/said" 2>&1
}

check "ASan's kind is found" found a "AddressSanitizer: heap-buffer-overflow"
check "UBSan's kind is found" found u "planted.c:[0-9:]* runtime error: signed integer overflow"
check "what does not hold is found" found m "^does not hold: kind == 0"
check "without a fault nothing is" passes
plan
