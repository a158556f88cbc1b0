#!/bin/sh
# Makes the image of an EFI system partition from a folder, without root: scripts/esp.sh FOLDER IMAGE
set -eu

[ $# -eq 2 ] || { echo "usage: scripts/esp.sh FOLDER IMAGE" >&2; exit 2; }
folder=$1 image=$2

# A third more than the files, for FAT's tables and for what the firmware may write; and no less than FAT32
# needs for clusters of 4 KiB, as hosts have them: with the 512 bytes that mkfs.vfat takes for a small image,
# firmware follows eight times as many links for each file. What is not written takes no room.
kib=$(du -sk --apparent-size "$folder" | awk '{ k = int($1 * 4 / 3) + 34816; print (k > 278528 ? k : 278528) }')
rm -f "$image"
truncate -s "${kib}K" "$image"
/sbin/mkfs.vfat -F 32 -s 8 -n FORESTAGE "$image" >/dev/null
export MTOOLS_SKIP_CHECK=1
mcopy -s -Q -i "$image" "$folder"/* ::/
