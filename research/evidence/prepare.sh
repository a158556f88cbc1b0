#!/bin/sh
# Fetches and builds what the evidence boots need, into build/evidence/parts/:
#
#   xen-4.17 xen-4.20        Debian's hypervisors, unpacked
#   DRIVER/vmlinuz           the kernel of a pair of scripts/driver.sh
#   DRIVER/base.cpio         an initramfs, to which the others are added
#   DRIVER/probe.cpio        dmaprobe for this driver, and the kernel's modules that the driver stands on
#   DRIVER/MODULE.cpio       nvidia.ko; MODULE is stock, write-combining or dom0-dma (research/nvidia-pat)
#   versions                 key=value
#
# research/evidence/prepare.sh DRIVER/MODULE…
# DRIVER: a pair of scripts/driver.sh, -own behind it for our kernel; or "given", which is $SOURCE, a folder
# kernel-open of NVIDIA's open modules, for the kernel of the oldest pair. Where it has no nvidia/nv-kernel.o_binary, as
# in a public source tree, it gets a stand-in (stand-in.sh).
set -eu
export LC_ALL=C

: "${BUILD:=build}"
: "${SOURCE:=}"
export BUILD
here=$(dirname "$0")
parts=$BUILD/evidence/parts
mkdir -p "$parts"

# Whether the file $1 is there and newer than all others.
newer() {
	of=$1
	shift
	for input in "$@"; do
		[ -n "$(find "$of" -newer "$input" 2>/dev/null)" ] || return 1
	done
}

hypervisor() {
	newer "$parts/xen-$1" "$BUILD/parts/xen-$1/.fetched" ||
		gzip -dc "$BUILD/parts/xen-$1/boot/xen-$1-amd64.gz" >"$parts/xen-$1"
}

oldest_pair() {
	scripts/driver.sh list | awk 'END { print $1 }'
}

# What was made of another SOURCE says nothing about this one.
forget_another() {
	given="$SOURCE $(cksum <"$SOURCE/Kbuild")"
	[ "$(cat "$parts/given/from" 2>/dev/null)" != "$given" ] || return 0
	rm -rf "$parts/given"
	mkdir -p "$parts/given"
	echo "$given" >"$parts/given/from"
}

# A copy of SOURCE with something in the place of the driver's core.
stood_in() {
	source=$parts/given/source
	! newer "$source/nvidia/nv-kernel.o_binary" "$here/stand-in.sh" || return 0
	rm -rf "$source"
	cp -rp "$SOURCE" "$source"
	"$here/stand-in.sh" "$source"
}

# choose DRIVER: source, kernel (its folder), release, headers and image.
choose() {
	pair=${1%-own}
	if [ "$pair" = given ]; then
		[ -n "$SOURCE" ] || { echo "evidence: SOURCE= is to name a folder kernel-open" >&2; exit 1; }
		forget_another
		source=$SOURCE pair=$(oldest_pair)
		[ -e "$SOURCE/nvidia/nv-kernel.o_binary" ] || stood_in
	else
		source=$(PAIR=$pair FLAVOUR=open scripts/driver.sh source)
	fi
	if [ "$1" != "${1%-own}" ]; then
		kernel=$(scripts/kernel.sh)
		release=$(sed -n 's/^kernel=//p' "$kernel/versions")
		headers=$kernel/tree image=$kernel/vmlinuz
		return
	fi
	kernel=$(PAIR=$pair scripts/driver.sh kernel)
	release=$(ls "$kernel/lib/modules")
	headers=$kernel/usr/src/linux-headers-$release image=$kernel/boot/vmlinuz-$release
	# the headers' Makefile names /usr/src, where nothing is installed
	sed -i "s|^include .*/\(linux-headers-[^/]*/Makefile\)$|include $(cd "$kernel/usr/src" && pwd)/\1|" \
		"$headers/Makefile"
}

# module FOLDER SOURCE [VARIABLE=VALUE]: one of our own, for the kernel that was chosen.
module() {
	out=$1 name=$(basename "$2")
	! newer "$out/$name.ko" "$2/$name.c" "$2/Kbuild" || return 0
	rm -rf "$out"
	mkdir -p "$out"
	cp "$2/$name.c" "$2/Kbuild" "$out/"
	shift 2
	make -s -C "$headers" M="$(cd "$out" && pwd)" KCFLAGS=-g0 "$@" modules >"$out/log" 2>&1 </dev/null || {
		cat "$out/log" >&2
		exit 1
	}
}

# The driver's modules come out of the script that a user of research/nvidia-pat would run. They are made again when
# the script, a patch or the source is newer.
driver() {
	out=$parts/$1/$2
	case $2 in
	stock) option=--stock patches='' ;;
	write-combining) option='' patches=research/nvidia-pat/write-combining.patch ;;
	*) option=--dma patches=$(echo research/nvidia-pat/*.patch) ;;
	esac
	# shellcheck disable=SC2086 # lists of words
	if newer "$out/modules/nvidia.ko" research/nvidia-pat/build.sh "$source/Kbuild" \
		"$source/nvidia/nv-kernel.o_binary" $patches &&
		[ "$(cat "$out/source" 2>/dev/null)" = "$source" ]; then
		return
	fi
	echo "evidence: building $1/$2 for Linux $release: some minutes" >&2
	rm -rf "$out"
	MODULES=nvidia CONFTEST=$parts/$1/conftest research/nvidia-pat/build.sh $option --kernel "$release" \
		--headers "$headers" "$source" "$out" >&2
	rm -rf "$out"/nvidia-pat-*
	echo "$source" >"$out/source"
}

# dependency NAME FOLDER: a module of the kernel's own and what it needs, and its name into FOLDER/order. The own
# kernel has them built in.
dependency() {
	found=$(find "$kernel/lib/modules/" -name "$(echo "$1" | sed 's/[-_]/[-_]/g').ko*" 2>/dev/null | head -n 1)
	[ -n "$found" ] || return 0
	case $found in
	*.xz) xz -dc "$found" >"$2/$1.ko" ;;
	*) cp "$found" "$2/$1.ko" ;;
	esac
	for needed in $(modinfo -F depends "$2/$1.ko" | tr , ' '); do
		(dependency "$needed" "$2")
	done
	grep -qx "$1" "$2/order" || echo "$1" >>"$2/order"
}

# pack ROOT FILE
pack() {
	find "$1" -exec touch -h -d @0 {} +
	(cd "$1" && find . -mindepth 1 | sort | cpio --quiet --reproducible -o -H newc -R 0:0) >"$2"
	rm -rf "$1"
}

base() {
	root=$parts/$1/root
	rm -rf "$root"
	mkdir -p "$root/modules" "$root/drivers"
	cp "$BUILD/evidence/init" "$root/init"
	cp "$BUILD/dom0/forestage" "$root/forestage"
	: >"$root/modules/order"
	dependency msr "$root/modules"
	cp "$parts/$1/patprobe/patprobe.ko" "$root/modules/"
	echo patprobe >>"$root/modules/order"
	pack "$root" "$parts/$1/base.cpio"
}

# with DRIVER MODULE: what a row of it adds.
with() {
	root=$parts/$1/root
	rm -rf "$root"
	mkdir -p "$root/drivers/$1/$2"
	cp "$parts/$1/$2/modules/nvidia.ko" "$root/drivers/$1/$2/"
	: >"$root/drivers/$1/order"
	for needed in $(modinfo -F depends "$parts/$1/$2/modules/nvidia.ko" | tr , ' '); do
		dependency "$needed" "$root/drivers/$1"
	done
	cp "$parts/$1/dmaprobe/dmaprobe.ko" "$root/drivers/$1/"
	pack "$root" "$parts/$1/$2.cpio"
}

versions() {
	cat "$BUILD/parts/xen-4.17/.packages" "$BUILD/parts/xen-4.20/.packages" |
		sed 's/_amd64\.deb$//; s/_/=/; s/%3a/:/'
	for driver in "$@"; do
		choose "$driver"
		echo "$driver=$(sed -n 's/.*NV_VERSION_STRING=\\"\([0-9.]*\)\\".*/\1/p' "$source/Kbuild" | head -n 1)"
		echo "$driver.kernel=$release"
	done
	echo "qemu=$(qemu-system-x86_64 --version | sed -n '1s/.*version //p')"
}

scripts/parts.sh xen-4.17 xen-4.20
hypervisor 4.17
hypervisor 4.20
mkdir -p "$BUILD/evidence"
${CC:-gcc} -std=c11 -D_GNU_SOURCE -I. -Wall -Wextra -Werror -Wshadow -Wformat=2 -Wundef -O2 -static \
	-o "$BUILD/evidence/init" "$here"/init/*.c
drivers=$(for wanted in "$@"; do echo "${wanted%/*}"; done | sort -u)
for driver in $drivers; do
	choose "$driver"
	mkdir -p "$parts/$driver"
	cp "$image" "$parts/$driver/vmlinuz"
	module "$parts/$driver/patprobe" "$here/patprobe"
	module "$parts/$driver/dmaprobe" "$here/dmaprobe" DRIVER="$(cd "$source" && pwd)"
	base "$driver"
	for wanted in "$@"; do
		[ "${wanted%/*}" = "$driver" ] || continue
		driver "$driver" "${wanted#*/}"
		with "$driver" "${wanted#*/}"
	done
done
# shellcheck disable=SC2086 # a list of words
versions $drivers >"$parts/versions"
