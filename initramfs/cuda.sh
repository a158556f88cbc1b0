#!/bin/sh
# The CUDA that a driver's libcuda has, and the newest PTX that it takes, by the table of lib/toolkit.h:
#
#   initramfs/cuda.sh VERSION      such as 550.163.01, or "rehearsal"
#
# Prints cuda=12.4 and ptx=8.4; nothing for a driver that is newer, or older, than those of the table.
set -eu
export LC_ALL=C

[ $# -eq 1 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'; exit 2; }
cuda=0
[ "$1" != rehearsal ] || cuda=$(sed -n 's/^#define DRIVER_VERSION \([0-9]*\).*/\1/p' rehearsal/driver/driver.h)
sed -n 's/^ *{ \([0-9]*\), \([0-9]*\), \([0-9]*\) },$/\1 \2 \3/p' lib/toolkit.h |
	awk -v branch="${1%%.*}" -v cuda="$cuda" '
		NF == 3 && (cuda > 0 ? $2 == cuda : $1 <= branch + 0) { found = $2; ptx = $3; at = $1 }
		NF == 3 { last = $1 }
		END {
			if (!found || (cuda == 0 && at == last && branch + 0 > last)) exit
			printf "cuda=%d.%d\nptx=%d.%d\n", found / 1000, found % 1000 / 10, ptx / 10, ptx % 10
		}'
