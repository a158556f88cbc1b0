#!/bin/sh
# The checks on the interpreter: what they find, and that they say it (tests/gpu/check.sh). Level=long has a small part
# of its time, single products a tenth, a hundred bits are turned at once, and every fourth test begins an order; with
# LONG=yes all of the time, a thousand bits and every order.
set -u
export LC_ALL=C

: "${BUILD:=build}"
LIBRARIES=$BUILD/rehearsal
PLANTS=100
SINGLES=6
CHAOS_SETS=5
SMS=1
LEVELS=long
HURRY=180
HASTE=10
ROTATION=4
[ "${LONG:-no}" != yes ] || HURRY=1 HASTE=1 ROTATION=1 PLANTS=1000
# Two of them are one processor, whose speed is nobody's.
GPUS=2
FORESTAGE_REHEARSAL_DEVICES=2
SLOW=900
PEERS=Peer-Tolerance=75
export LIBRARIES PLANTS SINGLES CHAOS_SETS SMS LEVELS HURRY HASTE ROTATION GPUS FORESTAGE_REHEARSAL_DEVICES SLOW PEERS
# shellcheck source=tests/gpu/check.sh
. tests/gpu/check.sh
echo "1..$count"
exit "$failed"
