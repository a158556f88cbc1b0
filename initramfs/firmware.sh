#!/bin/sh
# Which of a driver's GSP firmware an image gets: initramfs/firmware.sh FOLDER
# Prints the names below FOLDER, sorted.
#
# Environment: GPU (all, the default; turing, ampere+). What GPUs a file is for is in its name, but not in every
# driver's: up to 525 Ampere used gsp_tu10x.bin, before that there was one for all. So a choice is refused when the
# driver has no file of that name: the one left out might be the one that is needed.
set -eu
export LC_ALL=C

: "${GPU:=all}"
[ $# -eq 1 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'; exit 2; }
folder=$1

die() {
	printf 'driver: %s\n' "$*" >&2
	exit 1
}

case $GPU in
all) wanted='*' unwanted=none ;;
turing) wanted='gsp_tu*' unwanted='gsp_ga*' ;;
ampere+) wanted='gsp_ga*' unwanted='gsp_tu*' ;;
*) die "GPU=$GPU is none of all, turing, ampere+" ;;
esac
[ -d "$folder" ] || exit 0 # a driver without GSP
cd "$folder"
[ -n "$(find . -type f -name "$wanted" | head -n 1)" ] ||
	die "GPU=$GPU needs firmware called $wanted, and this driver's is" \
		"$(find . -type f -name '*.bin' | sed 's|.*/||' | sort | paste -sd ' '): leave GPU= away"
find . -type f ! -name "$unwanted" | sort
