#!/bin/sh
# The bundle for a real host, in build/image/: forestage.efi, vmlinuz, initramfs.img, versions, sha256sums
# Environment: DRIVER (debian; NVIDIA's installer, or a folder of it; or a folder laid out like build/driver/PAIR;
# docs/image.md), FLAVOUR, PAIR (scripts/driver.sh), GPU, COMPRESS, JOBS, LIBRARIES, PYTHON (initramfs/pack.sh), KERNEL
# (own: scripts/kernel.sh's), FABRIC (NVIDIA's Fabric Manager: scripts/driver/fabric.sh; of a folder DRIVER, its fabric/).
# The same inputs give the same bytes.
set -eu
export LC_ALL=C
umask 022

: "${BUILD:=build}" "${DRIVER:=}" "${JOBS:=}" "${LIBRARIES:=}" "${PYTHON:=}" "${FABRIC:=}"
out=$BUILD/image

[ -n "$DRIVER" ] || {
	echo "image: which driver? DRIVER=debian fetches Debian's packages, DRIVER=FILE.run or FOLDER takes yours" >&2
	exit 2
}
for given in "JOBS=$JOBS" "LIBRARIES=$LIBRARIES" "PYTHON=${PYTHON%yes}"; do # before anything is fetched
	[ -z "${given#*=}" ] || [ -d "${given#*=}" ] || {
		echo "image: $given is no folder" >&2
		exit 2
	}
done
[ -n "$FABRIC" ] || [ ! -d "$DRIVER/fabric" ] || FABRIC=$DRIVER/fabric
[ -z "$FABRIC" ] || [ -e "$FABRIC" ] || {
	echo "image: FABRIC=$FABRIC: there is no such file or folder" >&2
	exit 2
}
if [ ! -d "$DRIVER/modules" ]; then
	folder=$(scripts/driver.sh)
	release=$(sed -n 's/^kernel=//p' "$folder/versions")
	modules=$BUILD/parts/driver-kernel-$release
	[ "${KERNEL:-}" != own ] || modules=$(scripts/kernel.sh)
	[ ! -d "$modules" ] || export KERNEL_PART="$modules"
else # ready as it is
	folder=$DRIVER
	[ -f "$folder/vmlinuz" ] || {
		echo "image: $folder/vmlinuz is missing: the kernel that the modules were built for" >&2
		exit 1
	}
	initramfs/driver-check.sh "$folder" # before anything is fetched
fi

if [ -n "$FABRIC" ]; then
	scripts/driver/fabric.sh "$FABRIC" "$(/sbin/modinfo -F version "$folder/modules/nvidia.ko" | head -n 1)" \
		"$BUILD/parts/fabric"
	FABRIC=$BUILD/parts/fabric
fi
export FABRIC

scripts/parts.sh
[ "$PYTHON" != yes ] || scripts/parts.sh python
rm -rf "$out.new"
mkdir -p "$out.new"
DRIVER=$folder initramfs/pack.sh "$out.new/initramfs.img"
contents=$(cat "$out.new/initramfs.img.image")
rm -rf "$out.new/initramfs.img."*
cp "$folder/vmlinuz" "$out.new/vmlinuz"
cp "$BUILD/efi/forestage.efi" "$out.new/forestage.efi"
{
	[ ! -f "$folder/versions" ] || grep -v '^driver=' "$folder/versions" # which the image says itself
	[ "$PYTHON" != yes ] || sed -n 's/^package /package./p' "$BUILD/parts/python/.archive"
	printf '%s\n' "$contents"
} >"$out.new/versions"
(cd "$out.new" && find . -type f | sed 's|^\./||' | sort | xargs sha256sum) >"$out.sums"
mv "$out.sums" "$out.new/sha256sums"
rm -rf "$out"
mv "$out.new" "$out"
(cd "$out" && stat -c '  %-16n %10s bytes' forestage.efi vmlinuz initramfs.img)
echo "image: the bundle is in $out/; next: forestage install --bundle $out (docs/operation.md)"
