# shellcheck shell=sh
# For the tests on a machine with a GPU: TAP, and a chroot with the unpacked initramfs and the
# driver's libraries and nothing else. Sourced; sets $root, defines skip, check and enter.
export LC_ALL=C

: "${BUILD:=build}"
: "${OUT:=$BUILD/gpu}"
root=$BUILD/gpu/root
count=0

skip() {
	echo "1..0 # SKIP $*"
	exit 0
}

# check DESCRIPTION COMMAND…
check() {
	description=$1
	shift
	count=$((count + 1))
	if "$@" >"$OUT/check.log" 2>&1; then
		echo "ok $count - $description"
	else
		echo "not ok $count - $description"
	fi
	sed 's/^/# /' "$OUT/check.log"
}

# leave_out DESCRIPTION REASON
leave_out() {
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}

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
	[ -e /dev/nvidiactl ] || skip "no NVIDIA GPU with a loaded driver here"
	[ "$(id -u)" -eq 0 ] || skip "a chroot needs root"
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
