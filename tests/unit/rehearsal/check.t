#!/bin/sh
# The checks on the interpreter: what they find, and that they say it (tests/gpu/check.sh). Level=long has a sixtieth
# of its time; all of it with LONG=yes.
set -u
export LC_ALL=C

: "${BUILD:=build}"
LIBRARIES=$BUILD/rehearsal
PLANTS=1000
SINGLES=6
CHAOS_SETS=5
SMS=1
LEVELS=long
HURRY=60
[ "${LONG:-no}" != yes ] || HURRY=1
# Two of them are one processor, whose speed is nobody's.
GPUS=2
FORESTAGE_REHEARSAL_DEVICES=2
SLOW=900
PEERS=Peer-Tolerance=75
export LIBRARIES PLANTS SINGLES CHAOS_SETS SMS LEVELS HURRY GPUS FORESTAGE_REHEARSAL_DEVICES SLOW PEERS
# shellcheck source=tests/gpu/check.sh
. tests/gpu/check.sh
echo "1..$count"
exit "$failed"
