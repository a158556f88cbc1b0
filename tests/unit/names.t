#!/bin/sh
# What tests expect of the product by name, phases, events, causes, states, is a name that the product has: a test on
# a slow machine that waits for one that is gone would fail weeks after it went.
set -u
export LC_ALL=C

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

. tests/tap.sh

# words PATTERN FOLDER…: what the group of the pattern (sed -E) matches in the folders' C files, sorted.
words() {
	pattern=$1
	shift
	find "$@" -name '*.[ch]' -exec cat {} + | sed -nE "s/.*$pattern.*/\1/p" | sort -u
}

# in_tests FILES PATTERN: the same in the tests that boot; quotes there may have a backslash before them.
in_tests() {
	find tests/e2e tests/driver tests/bench -type f -name "$1" -exec cat {} + |
		grep -oE "$2" | sed -E 's/\\?"$//; s/.*"//' | grep -v '\$' | sort -u
}

# body FOLDER NAME: of the function that is defined so.
body() {
	find "$1" -name '*.c' -exec cat {} + | sed -n "/^[a-z].*[ *]$2(/,/^}/p"
}

# all_in FILE LIST: each name in FILE is in LIST, and there are some.
all_in() {
	[ -s "$1" ] || { echo "no name found: this test looks in the wrong place"; return 1; }
	[ -s "$2" ] || { echo "the product has no such names: this test looks in the wrong place"; return 1; }
	comm -23 "$1" "$2" >"$work/unknown"
	[ ! -s "$work/unknown" ] || { echo "the product does not have:"; cat "$work/unknown"; return 1; }
}

# The phases that init writes: of its steps, its first, and those of the way out.
{
	words '\{ "stage\.[a-z_]+", "([a-z_]+)"' initramfs
	words 'phase_start\([^"]*"([a-z_]+)"' initramfs
	words '\.phase = "([a-z_]+)"' initramfs
} | sort -u >"$work/written"
# What dom0 has words for; it says "efi" and "unknown" itself.
body dom0 state_phase_text | sed -nE 's/.*\{ "([a-z_]+)",.*/\1/p' | sort -u >"$work/phases"
grep -vxE 'efi|unknown' "$work/phases" >"$work/of-init"
check "dom0 has words for every phase that init writes" all_in "$work/written" "$work/phases"
check "init writes every phase that dom0 has words for" all_in "$work/of-init" "$work/written"

{
	in_tests '*.t' '\.lost_phase == \\?"[a-z_]+'
	awk 'NF == 4 && $3 == "lost" { print $4 }' tests/e2e/host/cuts.t
	# shellcheck disable=SC2016 # as it stands in the tests
	find tests/e2e -name '*.t' -exec cat {} + | sed -nE 's/.*"\$used ([a-z_]+)".*/\1/p'
} | sort -u >"$work/expected-phases"
check "the tests expect phases that there are" all_in "$work/expected-phases" "$work/phases"

words '"([a-z0-9]+\.[a-z_]+)"' initramfs efi runner >"$work/events"
{
	in_tests '*' '"(efi|stage|runner|driver)\.[a-z_]+\\?"'
	in_tests '*.t' 'step_fails [a-z]+\.[a-z_]+' | sed 's/^step_fails //'
} | grep -vxE 'driver\.(sh|c|t)' | sort -u >"$work/expected-events"
check "the tests expect events that there are" all_in "$work/expected-events" "$work/events"

{
	find initramfs -name '*.c' -exec cat {} + | sed -n '/} causes\[\] = {/,/^};/s/.*{ "[^"]*", "\([a-z_]*\)".*/\1/p'
	words '"cause", "([a-z_]+)"' initramfs
} | sort -u >"$work/causes"
{
	in_tests '*.t' '\.cause == \\?"[a-z_]+'
	sed -nE 's/^goes_wrong "[^"]*" [a-z-]+ ([a-z_]+) .*/\1/p' tests/e2e/driver.t
	sed -nE 's/^[[:blank:]]*says "[^"]*" ([a-z_]+) .*/\1/p' tests/driver/real.t
} | sort -u >"$work/expected-causes"
check "the tests expect causes that there are" all_in "$work/expected-causes" "$work/causes"

{
	words '\[STATE_[A-Z_]+\] = \{ "([a-z-]+)",' dom0
	words '\[FABRIC_[A-Z_]+\] = "([a-z_]+)",' lib # of Fabric Manager
	words '\[TRIAL_[A-Z_]+\] = "([a-z_]+)",' dom0/trialrecord # of a trial
} | sort -u >"$work/states"
{
	in_tests '*.t' '\.state == \\?"[a-z-]+'
	awk 'NF == 4 && $4 != "" && $3 == "lost" { print $3 }' tests/e2e/host/cuts.t
} | sort -u >"$work/expected-states"
check "the tests expect states that there are" all_in "$work/expected-states" "$work/states"
plan
