#!/bin/sh
# The checks on a real GPU (tests/gpu/check.sh): clean runs, every planted fault, and the limits of
# time: Level=quick in 10 s and Level=medium in 60 s, from start to exit.
set -u
export LC_ALL=C

: "${BUILD:=build}"
if [ ! -e /dev/nvidiactl ]; then
	echo "1..0 # SKIP no NVIDIA GPU with a loaded driver here"
	exit 0
fi
LIBRARIES=${LD_LIBRARY_PATH:-}
PLANTS=${PLANTS:-1000}
SINGLES=${SINGLES:-20}
SMS=${SMS:-64}
COUPLES=${COUPLES:-300}
NEAR=${NEAR:-300}
SHARE=${SHARE:-64}
LEVELS=${LEVELS-"medium long"}
GPUS=$(find /dev -maxdepth 1 -name 'nvidia[0-9]*' | wc -l)
LIMITS=yes
GPU_PCI=$(nvidia-smi --query-gpu=pci.bus_id --format=csv,noheader -i 0 | sed "s/^0000//" | tr '[:upper:]' '[:lower:]')
ROTATION=${ROTATION:-6}
export LIMITS GPU_PCI ROTATION LIBRARIES PLANTS SINGLES COUPLES NEAR SHARE SMS LEVELS GPUS
# shellcheck source=tests/gpu/check.sh
. tests/gpu/check.sh

# within SECONDS LEVEL: of the whole machine, as all of its GPUs are checked side by side.
within() {
	job "Level=$2"
	ALL=yes
	start=$(date +%s%N)
	run $clean 0
	good=$?
	ms=$((($(date +%s%N) - start) / 1000000))
	ALL=no
	echo "# Level=$2: $ms ms with collect on $GPUS GPUs"
	[ "$good" -eq 0 ] && [ "$ms" -le $(($1 * 1000)) ]
	ok $? "Level=$2 passes within $1 s"
}
within 10 quick
within 60 medium
echo "1..$count"
exit "$failed"
