#!/bin/sh
# Makes the image of an EFI system partition from a folder, without root: scripts/esp.sh FOLDER IMAGE
set -eu

[ $# -eq 2 ] || { echo "usage: scripts/esp.sh FOLDER IMAGE" >&2; exit 2; }
folder=$1 image=$2

# A third more than the files, for FAT's tables and for what the firmware may write.
kib=$(du -sk --apparent-size "$folder" | awk '{ print int($1 * 4 / 3) + 34816 }')
rm -f "$image"
truncate -s "${kib}K" "$image"
/sbin/mkfs.vfat -F 32 -n FORESTAGE "$image" >/dev/null
export MTOOLS_SKIP_CHECK=1
mcopy -s -Q -i "$image" "$folder"/* ::/
