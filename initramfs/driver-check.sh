#!/bin/sh
# Checks that a driver folder is of one version, before it gets into an image whose driver would refuse
# to work only at boot: initramfs/driver-check.sh FOLDER
#
#   modules/nvidia.ko modules/nvidia-uvm.ko modules/order   (order: names as they load, one a line)
#   firmware/nvidia/VERSION/*.bin    lib/libcuda.so.1    vmlinuz (optional)
set -eu

[ $# -eq 1 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'; exit 2; }
folder=$1
failed=0

wrong() {
	echo "driver: $folder: $*" >&2
	failed=1
}

for file in modules/nvidia.ko modules/nvidia-uvm.ko modules/order lib/libcuda.so.1; do
	[ -f "$folder/$file" ] || wrong "$file is missing"
done
[ "$failed" -eq 0 ] || exit 1

version=$(/sbin/modinfo -F version "$folder/modules/nvidia.ko" | head -n 1)
release=$(/sbin/modinfo -F vermagic "$folder/modules/nvidia.ko" | cut -d ' ' -f 1)
[ -n "$version" ] || { wrong "modules/nvidia.ko has no version: it is not NVIDIA's module"; exit 1; }

while read -r module; do
	file=$folder/modules/$module.ko
	[ -f "$file" ] || { wrong "modules/order names $module, but modules/$module.ko is missing"; continue; }
	magic=$(/sbin/modinfo -F vermagic "$file" | cut -d ' ' -f 1)
	[ "$magic" = "$release" ] ||
		wrong "modules/$module.ko is for Linux $magic, modules/nvidia.ko for Linux $release"
done <"$folder/modules/order"

grep -qaF "$version" "$folder/lib/libcuda.so.1" ||
	wrong "lib/libcuda.so.1 is not of version $version, which modules/nvidia.ko is"
nvml=$folder/lib/libnvidia-ml.so.1
[ ! -f "$nvml" ] || grep -qaF "$version" "$nvml" ||
	wrong "lib/libnvidia-ml.so.1 is not of version $version, which modules/nvidia.ko is"
[ -f "$folder/lib/libnvidia-ptxjitcompiler.so.1" ] ||
	wrong "lib/libnvidia-ptxjitcompiler.so.1 is missing: no PTX could be run"

# Only a driver that uses the GSP asks for firmware.
if /sbin/modinfo -F firmware "$folder/modules/nvidia.ko" | grep -q .; then
	set -- "$folder/firmware/nvidia/$version"/*.bin
	[ -f "$1" ] || wrong "firmware/nvidia/$version holds no GSP firmware, and there must be some of this version"
fi

# The release stands in the kernel's header: Linux's boot protocol, kernel_version at 0x20E.
if [ -f "$folder/vmlinuz" ]; then
	offset=$(od -An -tu2 -j 526 -N 2 "$folder/vmlinuz" | tr -d ' ')
	kernel=$(dd if="$folder/vmlinuz" bs=1 skip=$((offset + 512)) count=64 status=none | tr '\0' '\n' |
		head -n 1 | cut -d ' ' -f 1)
	[ "$kernel" = "$release" ] || wrong "vmlinuz is Linux $kernel, the modules are for Linux $release"
fi
exit "$failed"
