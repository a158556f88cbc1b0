#!/bin/sh
# A driver folder of the user's own: what does not belong together is refused before anything is packed, with
# the file's name and both versions.
set -u
export LC_ALL=C

: "${CC:=gcc}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
good=$work/good

. tests/tap.sh

# said COMMAND…: what it prints is in $work/said, and in the log of a check.
said() {
	"$@" >"$work/said" 2>&1
	code=$?
	cat "$work/said"
	return "$code"
}

# module FILE RELEASE FIELD…: an object with a module's facts and nothing else.
module() {
	file=$1 release=$2
	shift 2
	{
		printf 'static const char facts[] __attribute__((section(".modinfo"), used)) = "vermagic=%s SMP"' "$release"
		for field; do printf '\n\t"\\0%s"' "$field"; done
		echo ';'
	} | "$CC" -x c -c -o "$file" -
}

# kernel FILE RELEASE: what Linux's boot protocol says of the version, in an otherwise empty image.
kernel() {
	{
		head -c 526 /dev/zero
		printf '\000\001' # at 0x100 + 0x200
		head -c 240 /dev/zero
		printf '%s (builder) #1 SMP\0' "$2"
	} >"$1"
}

mkdir -p "$good/modules" "$good/lib" "$good/firmware/nvidia/2.0.1"
module "$good/modules/nvidia.ko" 6.1.0-a version=2.0.1 firmware=nvidia/2.0.1/gsp_ga10x.bin
module "$good/modules/nvidia-uvm.ko" 6.1.0-a version=2.0.1
module "$good/modules/drm.ko" 6.1.0-a
printf 'drm\nnvidia\nnvidia-uvm\n' >"$good/modules/order"
for library in libcuda libnvidia-ml libnvidia-ptxjitcompiler; do
	echo "a library of 2.0.1" >"$good/lib/$library.so.1"
done
echo "firmware" >"$good/firmware/nvidia/2.0.1/gsp_ga10x.bin"
kernel "$good/vmlinuz" 6.1.0-a

accepts() {
	said initramfs/driver-check.sh "$1" && [ ! -s "$work/said" ]
}

refuses() {
	! said initramfs/driver-check.sh "$work/bad" && grep -qE "$1" "$work/said"
}

# wrong DESCRIPTION MESSAGE COMMAND: the good folder after the command, which runs inside it.
wrong() {
	rm -rf "$work/bad"
	cp -r "$good" "$work/bad"
	(cd "$work/bad" && eval "$3")
	check "refused: $1" refuses "$2"
}

check "a folder whose parts belong together is accepted" accepts "$good"
cp -r "$good" "$work/own"
rm -r "$work/own/vmlinuz" "$work/own/firmware" "$work/own/lib/libnvidia-ml.so.1"
module "$work/own/modules/nvidia.ko" 6.1.0-a version=2.0.1
check "kernel, NVML and a firmware that no module asks for may be missing" accepts "$work/own"

wrong "libcuda of another version" "libcuda.so.1 is not of version 2.0.1, which modules/nvidia.ko is" \
	"echo a library of 2.0.2 >lib/libcuda.so.1"
wrong "NVML of another version" "libnvidia-ml.so.1 is not of version 2.0.1" "echo 2.0.2 >lib/libnvidia-ml.so.1"
wrong "firmware of another version" "firmware/nvidia/2.0.1 holds no GSP firmware" \
	"mv firmware/nvidia/2.0.1 firmware/nvidia/2.0.2"
wrong "a module for another kernel" "nvidia-uvm.ko is for Linux 6.1.0-b, modules/nvidia.ko for Linux 6.1.0-a" \
	"module modules/nvidia-uvm.ko 6.1.0-b"
wrong "modules for another kernel than the one beside them" \
	"vmlinuz is Linux 6.1.0-b, the modules are for Linux 6.1.0-a" "kernel vmlinuz 6.1.0-b"
wrong "a module that the order names and nobody brought" "order names drm, but modules/drm.ko is missing" \
	"rm modules/drm.ko"
wrong "no nvidia-uvm" "modules/nvidia-uvm.ko is missing" "rm modules/nvidia-uvm.ko"
wrong "no order" "modules/order is missing" "rm modules/order"
wrong "no libcuda" "lib/libcuda.so.1 is missing" "rm lib/libcuda.so.1"
wrong "no compiler of PTX" "libnvidia-ptxjitcompiler.so.1 is missing" "rm lib/libnvidia-ptxjitcompiler.so.1"
wrong "a nvidia.ko that is somebody else's" "nvidia.ko has no version" "module modules/nvidia.ko 6.1.0-a"
wrong "two things at once: the first is named" "libcuda.so.1 is not of version" \
	"echo 2.0.2 >lib/libcuda.so.1; kernel vmlinuz 6.1.0-b"
check "two things at once: the second is, too" grep -q "vmlinuz is Linux 6.1.0-b" "$work/said"

# image_refuses MESSAGE: the bundle's script ends before it fetches or leaves anything.
image_refuses() {
	! said env BUILD="$work/build" DRIVER="$work/bad" scripts/image.sh && grep -q "$1" "$work/said" &&
		[ ! -e "$work/build" ]
}

check "no bundle is made of such a folder" image_refuses "vmlinuz is Linux 6.1.0-b"
rm "$work/bad/vmlinuz"
check "nor of one without a kernel" image_refuses "vmlinuz is missing: the kernel that the modules were built for"
plan
