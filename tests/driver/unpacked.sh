#!/bin/sh
# A stand-in for an unpacked installer of NVIDIA's, of what Debian has unpacked of the same version:
#
#   tests/driver/unpacked.sh PART FOLDER      PART: build/parts/driver-VERSION of scripts/driver.sh
#
# The files are NVIDIA's, but for .manifest, of which only the first lines are there; they lie where an installer has
# them. In real ones the driver's core was compiled by NVIDIA, in Debian's by Debian.
set -eu
export LC_ALL=C

[ $# -eq 2 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'; exit 2; }
part=$1 folder=$2
source=$(find "$part/usr/src" -maxdepth 1 -name 'nvidia-current-*' | head -n 1)
version=${source##*-}
libraries=$part/usr/lib/x86_64-linux-gnu/nvidia/current

mkdir -p "$folder/firmware"
case $source in
*-open-*) cp -r "$source" "$folder/kernel-open" ;;
*) cp -r "$source" "$folder/kernel" ;;
esac
for library in libcuda libnvidia-ptxjitcompiler libnvidia-ml; do
	cp "$libraries/$library.so.$version" "$folder/"
done
find "$part/lib/firmware" "$part/usr/lib/firmware" -name 'gsp*.bin' -exec cp {} "$folder/firmware/" \; 2>/dev/null || :
cp "$part/usr/share/doc/libcuda1/copyright" "$folder/LICENSE"
printf '%s\n' "NVIDIA Accelerated Graphics Driver for Linux-x86_64" "$version" " " >"$folder/.manifest"
