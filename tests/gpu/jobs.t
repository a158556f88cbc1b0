#!/bin/sh
# The sample jobs on the real GPU, in a chroot that holds the unpacked initramfs and the driver's
# libraries and nothing else. The region file stays in $OUT (build/gpu) for `forestage collect`.
set -u
export LC_ALL=C

: "${BUILD:=build}"
: "${OUT:=$BUILD/gpu}"
root=$BUILD/gpu/root

skip() {
	echo "1..0 # SKIP $*"
	exit 0
}

count=0
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

[ -e /dev/nvidiactl ] || skip "no NVIDIA GPU with a loaded driver here"
[ "$(id -u)" -eq 0 ] || skip "a chroot needs root"
mkdir -p "$OUT"
[ -d "$root" ] || tests/gpu/root.sh "$root"

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
trap unmount EXIT

enter() {
	chroot "$root" /bin/busybox env -i PATH=/bin:/sbin LD_LIBRARY_PATH=/usr/lib/forestage \
		"$@"
}

check "the driver's libraries are found" copy_driver
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount --rbind /dev "$root/dev"

rm -f "$root/tmp/region"
check "forestage-run passes every sample job" \
	enter /bin/forestage-run --jobs /forestage/jobs --region /tmp/region --region-size 64M
[ -f "$root/tmp/region" ] && gzip -1 -c "$root/tmp/region" >"$OUT/region.gz"
check "forestage collect says pass" \
	"$BUILD/dom0/forestage" collect --region "$root/tmp/region" --out "$OUT/run"
check "no result is a rehearsal" grep -q '"rehearsal": *false' "$OUT/run/run.json"
echo "1..$count"
