#!/bin/sh
# A few faults of each kind that the saboteur draws, on the interpreter (tests/gpu/trials.sh).
set -u
export LC_ALL=C

: "${BUILD:=build}"
LIBRARIES=$BUILD/rehearsal
TRIALS=3
GPUS=2
LANES=2
FORESTAGE_REHEARSAL_DEVICES=2
export LIBRARIES TRIALS GPUS LANES FORESTAGE_REHEARSAL_DEVICES
# shellcheck source=tests/gpu/trials.sh
. tests/gpu/trials.sh
echo "1..$count"
exit "$failed"
