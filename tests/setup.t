#!/bin/sh
# What the run itself was set up with (tests/prepare.sh): each step, and each target that was not built.
set -u

: "${BUILD:=build}"
notes=$BUILD/tests/setup
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

. tests/tap.sh

# went_well STEP: it has run, and has noted no failure.
went_well() {
	[ -f "$notes/$1.log" ] || { echo "it has not been run: make test"; return 1; }
	[ ! -f "$notes/$1.failed" ] || { cat "$notes/$1.failed"; return 1; }
}

for step in ${SETUP_STEPS:-packages build parts}; do
	check "set-up: $step" went_well "$step"
done
plan
