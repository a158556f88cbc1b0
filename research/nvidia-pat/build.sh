#!/bin/sh
# EXPERIMENTAL: builds NVIDIA's open kernel modules so that they accept the page attribute table of
# a Xen PV dom0. Never run on a GPU under Xen; README.md says how to find out what it does there.
#
#   research/nvidia-pat/build.sh [--stock | --dma] [--kernel RELEASE] [--headers DIR] SOURCE OUT
#
# SOURCE   NVIDIA's open modules: Debian's /usr/src/nvidia-current-open-VERSION, or the folder
#          kernel-open of NVIDIA's installer (sh NVIDIA-Linux-x86_64-VERSION.run --extract-only)
# OUT      made here: nvidia-pat-VERSION/ (patched source with a dkms.conf) and modules/*.ko
# --stock  no patch: what the driver does by itself
# --dma    also dom0-dma*.patch, the one that fits the version: DMA paths for a dom0 without IOMMU
# --kernel the dom0 kernel's release (default: the running one)
# --headers its build folder (default: /lib/modules/RELEASE/build)
#
# Environment: MODULES ("nvidia nvidia-uvm"), MAKE_JOBS (2), CC, CONFTEST (a folder that keeps what the driver's
# conftest.sh found out about the kernel, some minutes, from one build of the same source to the next).
set -eu
export LC_ALL=C

: "${MODULES:=nvidia nvidia-uvm}"
: "${MAKE_JOBS:=2}"
: "${CONFTEST:=}"
patches=write-combining known="535.261.03 550.163.01 570.211.01 580.159.04 595.80 610.43.02"
here=$(cd "$(dirname "$0")" && pwd)
release=$(uname -r) headers=

die() {
	echo "nvidia-pat: $*" >&2
	exit 1
}

usage() {
	sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'
	exit 2
}

# apply NAME: NAME.patch, or of NAME-VERSION.patch the newest that fits without fuzz: an older one may fit as well, and
# leave out what was new.
apply() {
	if [ "$1" = write-combining ] && [ ! -f "$tree/nvidia/nv-pat.c" ]; then
		echo "nvidia-pat: $version accepts every page attribute table by itself: no write-combining.patch" >&2
		return
	fi
	for patch in $(printf '%s\n' "$here/$1.patch" "$here/$1"-[0-9]*.patch | sort -r); do
		[ -f "$patch" ] || continue
		if patch -s -d "$tree" -p1 -F0 --dry-run <"$patch" >/dev/null 2>&1; then
			patch -s -d "$tree" -p1 -F0 <"$patch"
			return
		fi
	done
	die "$1: no patch fits $version: nothing was built"
}

while [ $# -gt 0 ]; do
	case $1 in
	--stock) patches= ;;
	--dma) patches="write-combining dom0-dma" ;;
	--kernel) [ $# -ge 2 ] || usage; release=$2; shift ;;
	--headers) [ $# -ge 2 ] || usage; headers=$2; shift ;;
	-*) usage ;;
	*) break ;;
	esac
	shift
done
[ $# -eq 2 ] || usage
source=$1 out=$2
: "${headers:=/lib/modules/$release/build}"

[ -f "$source/nvidia/nv-vm.c" ] ||
	die "$source: no nvidia/nv-vm.c there: these are not NVIDIA's open modules"
[ -f "$source/nvidia/nv-kernel.o_binary" ] ||
	die "$source: no nvidia/nv-kernel.o_binary: take the installer's or Debian's folder"
[ -f "$headers/Makefile" ] ||
	die "$headers: not a kernel's build folder: install the headers of $release"
version=$(sed -n 's/.*NV_VERSION_STRING=\\"\([0-9.]*\)\\".*/\1/p' "$source/Kbuild" | head -n 1)
case " $known " in
*" $version "*) ;;
*) echo "nvidia-pat: driver ${version:-unknown}: the patches were checked with $known" >&2 ;;
esac

tree=$out/nvidia-pat-$version
rm -rf "$tree"
mkdir -p "$out/modules"
cp -rpL "$source" "$tree"
for name in $patches; do
	apply "$name"
done

# The source with this file is what dkms add takes: dkms add OUT/nvidia-pat-VERSION
{
	echo "PACKAGE_NAME=nvidia-pat"
	echo "PACKAGE_VERSION=$version"
	echo "AUTOINSTALL=no"
	echo "MAKE[0]=\"make modules KERNEL_UNAME=\${kernelver} NV_KERNEL_MODULES='$MODULES'\""
	echo "CLEAN=true"
	number=0
	for module in $MODULES; do
		echo "BUILT_MODULE_NAME[$number]=$module"
		echo "DEST_MODULE_LOCATION[$number]=/updates/dkms"
		number=$((number + 1))
	done
} >"$tree/dkms.conf"

# Debian keeps the headers in two folders; the Makefile of the one includes the other's.
common=$(sed -n 's|^include \(/.*\)/Makefile$|\1|p' "$headers/Makefile" | head -n 1)
headers=$(cd "$headers" && pwd)
absolute=$(cd "$tree" && pwd)
[ -z "$CONFTEST" ] || [ ! -d "$CONFTEST" ] || cp -rp "$CONFTEST" "$tree/conftest"
make -C "$tree" -j"$MAKE_JOBS" ${CC:+CC="$CC"} KCFLAGS="-g0 -ffile-prefix-map=$absolute=nvidia" \
	KERNEL_UNAME="$release" SYSSRC="${common:-$headers}" SYSOUT="$headers" \
	NV_KERNEL_MODULES="$MODULES" modules >"$out/build.log" 2>&1 </dev/null || {
	tail -n 5 "$out/build.log" >&2
	die "$version does not build for Linux $release; the whole output is in $out/build.log"
}
if [ -n "$CONFTEST" ]; then
	rm -rf "$CONFTEST"
	cp -rp "$tree/conftest" "$CONFTEST"
fi
for module in $MODULES; do
	strip --strip-debug -o "$out/modules/$module.ko" "$tree/$module.ko"
done
make -C "$tree" KERNEL_UNAME="$release" SYSSRC="${common:-$headers}" SYSOUT="$headers" \
	NV_KERNEL_MODULES="$MODULES" clean >/dev/null 2>&1 </dev/null || :
echo "$out/modules: $MODULES $version for Linux $release, with ${patches:-no patch}"
echo "EXPERIMENTAL: never run on a GPU under Xen; see README.md"
