#!/bin/sh
# Fetches and builds what the evidence boots need, into build/evidence/parts/:
#
#   xen-4.17 xen-4.20        Debian's hypervisors, unpacked
#   DRIVER/vmlinuz           the kernel of a pair of scripts/driver.sh
#   DRIVER/MODULE.cpio       an initramfs: MODULE is stock, write-combining or dom0-dma (patched)
#   versions                 key=value
#
# research/evidence/prepare.sh DRIVER/MODULE…     DRIVER: a folder of build/driver, -own behind it for our kernel
set -eu
export LC_ALL=C

: "${BUILD:=build}"
export BUILD
here=$(dirname "$0")
parts=$BUILD/evidence/parts
mkdir -p "$parts"

# Whether the file $1 is there and newer than $2.
newer() {
	[ -n "$(find "$1" -newer "$2" 2>/dev/null)" ]
}

hypervisor() {
	newer "$parts/xen-$1" "$BUILD/parts/xen-$1/.fetched" ||
		gzip -dc "$BUILD/parts/xen-$1/boot/xen-$1-amd64.gz" >"$parts/xen-$1"
}

# headers DRIVER: what modules for its kernel are built against.
headers() {
	case $1 in
	*-own) echo "$BUILD/kernel/current/tree" ;;
	*)
		kernel=$(sed -n 's/^kernel=//p' "$BUILD/driver/$1/versions")
		echo "$BUILD/parts/driver-kernel-$kernel/usr/src/linux-headers-$kernel"
		;;
	esac
}

# The patched modules come out of the script that a user of research/nvidia-pat would run. They are made
# again when the script, a patch or the stock driver is newer.
patched() {
	out=$parts/$1/$2
	stale=
	for input in research/nvidia-pat/build.sh research/nvidia-pat/*.patch "$BUILD/driver/$1/versions"; do
		newer "$out/modules/nvidia.ko" "$input" || stale=yes
	done
	[ -n "$stale" ] || return 0
	echo "evidence: building $1 with the patch $2: some minutes" >&2
	rm -rf "$out"
	kernel=$(sed -n 's/^kernel=//p' "$BUILD/driver/$1/versions")
	extra=
	[ "$2" != dom0-dma ] || extra=--dma
	MODULES=nvidia research/nvidia-pat/build.sh $extra --kernel "$kernel" --headers "$(headers "$1")" \
		"$BUILD/parts/driver-${1%-own}/usr/src/nvidia-current-open-${1%-own}" "$out" >&2
	rm -rf "$out"/nvidia-pat-*
}

# Our own module that says how write-combining is encoded, for the pair's kernel.
patprobe() {
	out=$parts/$1/patprobe
	! newer "$out/patprobe.ko" "$here/patprobe/patprobe.c" || return 0
	rm -rf "$out"
	mkdir -p "$out"
	cp "$here/patprobe/patprobe.c" "$here/patprobe/Kbuild" "$out/"
	make -s -C "$(headers "$1")" M="$(cd "$out" && pwd)" KCFLAGS=-g0 modules >"$out/log" 2>&1 </dev/null || {
		cat "$out/log" >&2
		exit 1
	}
}

initramfs() {
	root=$parts/$1/root
	rm -rf "$root"
	mkdir -p "$root/modules"
	cp "$BUILD/evidence/init" "$root/init"
	cp "$BUILD/dom0/forestage" "$root/forestage"
	cp "$BUILD/driver/$1/modules/"*.ko "$parts/$1/patprobe/patprobe.ko" "$root/modules/"
	[ "$2" = stock ] || cp "$parts/$1/$2/modules/nvidia.ko" "$root/modules/"
	rm -f "$root/modules/nvidia-uvm.ko" # without a GPU there is no nvidia.ko for it to stay on
	{
		grep -vxE 'msr|nvidia|nvidia-uvm' "$BUILD/driver/$1/modules/order" || :
		echo patprobe
		echo nvidia
	} >"$root/modules/order"
	find "$root" -exec touch -h -d @0 {} +
	(cd "$root" && find . -mindepth 1 | sort | cpio --quiet --reproducible -o -H newc -R 0:0) \
		>"$parts/$1/$2.cpio"
	rm -rf "$root"
}

versions() {
	cat "$BUILD/parts/xen-4.17/.packages" "$BUILD/parts/xen-4.20/.packages" |
		sed 's/_amd64\.deb$//; s/_/=/; s/%3a/:/'
	for pair in "$@"; do
		grep '^package\.' "$BUILD/driver/$pair/versions" | sed "s/^package\./$pair./"
	done
	echo "qemu=$(qemu-system-x86_64 --version | sed -n '1s/.*version //p')"
}

scripts/parts.sh xen-4.17 xen-4.20
hypervisor 4.17
hypervisor 4.20
mkdir -p "$BUILD/evidence"
${CC:-gcc} -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -Wshadow -Wformat=2 -Wundef -O2 -static \
	-o "$BUILD/evidence/init" "$here/init.c"
pairs=$(for wanted in "$@"; do echo "${wanted%/*}"; done | sort -u)
for pair in $pairs; do
	own=
	[ "$pair" = "${pair%-own}" ] || own=own
	PAIR=${pair%-own} FLAVOUR=open KERNEL=$own scripts/driver.sh >/dev/null
	mkdir -p "$parts/$pair"
	cp "$BUILD/driver/$pair/vmlinuz" "$parts/$pair/vmlinuz"
	patprobe "$pair"
done
for wanted in "$@"; do
	[ "${wanted#*/}" = stock ] || patched "${wanted%/*}" "${wanted#*/}"
	initramfs "${wanted%/*}" "${wanted#*/}"
done
# shellcheck disable=SC2086 # a list of words
versions $pairs >"$parts/versions"
