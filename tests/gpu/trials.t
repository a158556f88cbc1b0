#!/bin/sh
# What the checks find of faults at random, on a real GPU (tests/gpu/trials.sh): 300 of each kind in each test, for
# docs/coverage.tsv.
set -u
export LC_ALL=C

: "${BUILD:=build}"
if [ ! -e /dev/nvidiactl ]; then
	echo "1..0 # SKIP no NVIDIA GPU with a loaded driver here"
	exit 0
fi
LIBRARIES=${LD_LIBRARY_PATH:-}
TRIALS=${TRIALS:-300}
GPUS=$(find /dev -maxdepth 1 -name 'nvidia[0-9]*' | wc -l)
LANES=${LANES:-$((12 * GPUS))}
export LIBRARIES TRIALS GPUS LANES
# shellcheck source=tests/gpu/trials.sh
. tests/gpu/trials.sh
echo "1..$count"
exit "$failed"
