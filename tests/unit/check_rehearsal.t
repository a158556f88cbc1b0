#!/bin/sh
# The checks on the interpreter: what they find, and that they say it (tests/gpu/check.sh).
set -u
export LC_ALL=C

: "${BUILD:=build}"
LIBRARIES=$BUILD/rehearsal
PLANTS=1000
SINGLES=6
SMS=1
LEVELS=long
export LIBRARIES PLANTS SINGLES SMS LEVELS
# shellcheck source=tests/gpu/check.sh
. tests/gpu/check.sh
echo "1..$count"
exit "$failed"
