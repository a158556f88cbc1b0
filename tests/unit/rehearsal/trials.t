#!/bin/sh
# A fault of each kind that the saboteur draws, on the interpreter (tests/gpu/trials.sh); several bits are as one to it.
set -u
export LC_ALL=C

: "${BUILD:=build}"
LIBRARIES=$BUILD/rehearsal
TRIALS=1
ROWS="${ROWS:-^(thread|quarter|alike|stuck|coupled|copy|flip|address|data)}"
GPUS=2
LANES=2
FORESTAGE_REHEARSAL_DEVICES=2
export LIBRARIES TRIALS ROWS GPUS LANES FORESTAGE_REHEARSAL_DEVICES
# shellcheck source=tests/gpu/trials.sh
. tests/gpu/trials.sh
echo "1..$count"
exit "$failed"
