# shellcheck shell=sh
# For the tests on a machine with a GPU: TAP, and a chroot with the unpacked initramfs and the
# driver's libraries and nothing else. Sourced; sets $root, defines what tests/tap.sh does, and enter.
export LC_ALL=C

: "${BUILD:=build}"
: "${OUT:=$BUILD/gpu}"
root=$BUILD/gpu/root
work=$OUT
# shellcheck disable=SC2034 # tests/tap.sh looks at it
verbose=yes
. tests/tap.sh

# The driver's user-space library, its PTX compiler and NVML, of the version of the kernel module.
copy_driver() {
	for library in libcuda.so.1 libnvidia-ptxjitcompiler.so.1 libnvidia-ml.so.1; do
		found=$(ldconfig -p | awk -v name="$library" '$1 == name && /x86-64/ { print $NF; exit }')
		[ -n "$found" ] || found=$(find /usr /opt -name "$library" -not -path '*/stubs/*' 2>/dev/null | head -n 1)
		[ -n "$found" ] || { echo "$library is not on this machine"; return 1; }
		cp -L "$found" "$root/usr/lib/forestage/$library" && echo "$found"
	done
}

unmount() {
	for folder in dev sys proc; do
		umount -l "$root/$folder" 2>/dev/null
	done
}

# Makes the chroot, or skips the whole test.
open_root() {
	[ -e /dev/nvidiactl ] || skip_all "no NVIDIA GPU with a loaded driver here"
	[ "$(id -u)" -eq 0 ] || skip_all "a chroot needs root"
	mkdir -p "$OUT"
	[ -d "$root" ] || tests/gpu/root.sh "$root"
	trap unmount EXIT
	check "the driver's libraries are found" copy_driver
	mount -t proc proc "$root/proc"
	mount -t sysfs sysfs "$root/sys"
	mount --rbind /dev "$root/dev"
}

enter() {
	chroot "$root" /bin/busybox env -i PATH=/bin:/sbin LD_LIBRARY_PATH=/usr/lib/forestage \
		"$@"
}
