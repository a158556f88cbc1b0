#!/bin/sh
# forestage-run prints nothing that acts on a terminal, whatever its arguments, the names of job files and their
# bytes are.
set -u
export LC_ALL=C

: "${BUILD:=build}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

. tests/tap.sh

command -v python3 >/dev/null || skip_all "python3 is not installed (scripts/setup.sh test)"
check "arguments, names of job files, and their bytes" tests/unit/dom0/hostile_runner.py "$BUILD/runner/forestage-run" "$work"
[ "$failed" -eq 0 ] && sed 's/^/# /' "$work/check.log"
plan
