#!/bin/sh
# Packs the stage's initramfs and reports its size by part:
#
#   initramfs/pack.sh FILE
#
# Needs a finished `make` and build/parts/tools (busybox, kexec-tools; scripts/fetch.sh). Environment:
#   DRIVER       rehearsal (default: the CUDA interpreter), none, a folder with libcuda.so.1, or a
#                folder laid out like those of scripts/driver.sh: modules/ firmware/ lib/
#   GPU          which GSP firmware, as initramfs/firmware.sh takes it (default: all)
#   KERNEL_PART  the folder with lib/modules of the stage's kernel (an unpacked package, or scripts/kernel.sh's), for
#                its modules of efivarfs, watchdogs, disks and inputs
#   JOBS         a job folder: what its programs need of libraries goes along
#   LIBRARIES    a folder with libraries of theirs, looked through before this system's
#   PYTHON       Python 3: yes (build/parts/python), or a folder as initramfs/python.sh takes it
#   FABRIC       NVIDIA's Fabric Manager, as scripts/driver/fabric.sh lays it out
#   COMPRESS     zstd (default), lz4, gzip or none
#   LEVEL        of zstd (default 15: it is packed once, and read at each boot)
# The image begins with an archive of its own, not compressed, of one file: forestage.image, which says what it holds
# (docs/esp.md), for `forestage check` and `arm`. Beside FILE, FILE.image is a copy of that.
# The same inputs give the same bytes: sorted names, no times, no owners.
set -eu
export LC_ALL=C
umask 022

: "${BUILD:=build}"
: "${DRIVER:=rehearsal}"
: "${COMPRESS:=zstd}"
: "${LEVEL:=15}"
: "${KERNEL_PART:=}"
: "${JOBS:=}"
: "${LIBRARIES:=}"
: "${PYTHON:=}"
: "${FABRIC:=}"

[ $# -eq 1 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'; exit 2; }
image=$1
tools=$BUILD/parts/tools
root=$image.root
report=$image.parts

die() {
	echo "pack: $*" >&2
	exit 1
}

rm -rf "$root"
: >"$report"
mkdir -p "$root/bin" "$root/sbin" "$root/lib64" "$root/lib/x86_64-linux-gnu" "$root/usr/bin" \
	"$root/usr/lib/forestage" "$root/proc" "$root/sys" "$root/dev" "$root/run" "$root/tmp"

# add PART MODE SOURCE TARGET: one file of the image; programs without their debugging symbols.
add() {
	[ -f "$3" ] || die "$3 is missing"
	install -m "$2" "$3" "$root/$4"
	case $(head -c 4 "$3" | od -An -tx1 | tr -d ' \n') in
	7f454c46) case $4 in *.ko | *nv-fabricmanager) ;; *) strip --strip-unneeded "$root/$4" 2>/dev/null || : ;; esac ;;
	esac
	echo "$1 $(stat -c %s "$root/$4") $4" >>"$report"
}

# libraries PART SEARCH BINARY…: what the binaries need, from the folders SEARCH (a: b: …) first.
# libcuda is the driver's, and always there.
libraries() {
	part=$1 search=$2
	shift 2
	for binary in "$@"; do
		listing=$(LD_LIBRARY_PATH=$search ldd "$binary" 2>&1) || continue
		missing=$(echo "$listing" | awk '/not found/ && $1 != "libcuda.so.1" { print $1 }' | sort -u)
		[ -z "$missing" ] || die "$binary needs $(echo "$missing" | paste -sd ' ' | sed 's/ /, /g'), which is not here"
		for library in $(echo "$listing" | awk '$2 == "=>" && $3 ~ /^\// { print $3 }
			$1 ~ /^\/.*ld-linux/ { print $1 }' | sort -u); do
			case $library in
			*/ld-linux-x86-64.so.2) target=lib64/ld-linux-x86-64.so.2 ;;
			*/libcuda.so.1) continue ;;
			*) target=lib/x86_64-linux-gnu/$(basename "$library") ;;
			esac
			[ -e "$root/$target" ] || add "$part" 755 "$library" "$target"
		done
	done
}

# runs_there NAME: whether the image has this interpreter, a path or a name that is looked for.
runs_there() {
	for place in "" /usr/local/bin/ /usr/bin/ /bin/; do
		[ ! -e "$root$place$1" ] || return 0
	done
	echo "pack: $(basename "$job"): $program is for $1, which is not in the image" >&2
}

# programs FOLDER: the libraries of the programs that the folder's jobs run.
programs() {
	for job in "$1"/*.conf; do
		[ -f "$job" ] || continue
		program=$(sed -n 's/^[[:blank:]]*Exec[[:blank:]]*=[[:blank:]]*//p' "$job" | head -n 1)
		program=${program%% *}
		case $program in python*) [ -f "$1/$program" ] || { runs_there "$program"; continue; } ;; esac
		if [ -z "$program" ] || [ ! -f "$1/$program" ]; then continue; fi
		interpreter=$(sed -n '1s|^#![[:blank:]]*\(/[a-z/]*/env[[:blank:]]\{1,\}\)\{0,1\}\([^[:blank:]]*\).*|\2|p;1q' \
			"$1/$program" | tr -d '\0')
		if [ -z "$interpreter" ]; then
			libraries programs "${LIBRARIES:+$(realpath "$LIBRARIES")}" "$1/$program"
		else
			runs_there "$interpreter"
		fi
	done
}

add init 755 "$BUILD/initramfs/init" init
add runner 755 "$BUILD/runner/forestage-run" bin/forestage-run
add busybox 755 "$tools/bin/busybox" bin/busybox
add kexec 755 "$tools/sbin/kexec" sbin/kexec
ln -s busybox "$root/bin/sh"
ln -s ../../bin/busybox "$root/usr/bin/env"
libraries libc "" "$BUILD/runner/forestage-run"
libraries kexec "$(realpath "$tools")/usr/lib/x86_64-linux-gnu" "$tools/sbin/kexec"

# The locale that programs are started in (runner/program/environment.c); the C library has only "C" in itself.
locale=usr/lib/locale/C.utf8
[ -d "/$locale" ] || die "/$locale is missing: Debian's package libc-bin has it"
for file in $(cd "/$locale" && find . -type f | sort); do
	mkdir -p "$root/$locale/$(dirname "$file")"
	add locale 644 "/$locale/$file" "$locale/$file"
done

# module FOLDER NAME: of the stage's kernel, behind those that it needs; what the kernel has in itself, or not, is left
# out. The folder's file "order" is there.
module() {
	! grep -qx "$2" "$root/lib/modules/$1/order" || return 0
	# shellcheck disable=SC2046 # names without blanks
	set -- "$1" "$2" $(module_file "$2")
	[ -n "${3:-}" ] || return 0
	for needed in $(/sbin/modinfo -F depends "$3" | tr , ' '); do module "$1" "$needed"; done
	add modules 644 "$3" "lib/modules/$1/$2.ko"
	echo "$2" >>"$root/lib/modules/$1/order"
}

# module_file NAME: where it is; a name is written with - or _.
module_file() {
	find "$KERNEL_PART/lib/modules" -name "$(echo "$1" | tr _- '??').ko" | head -n 1
}

# kernel_driver FOLDER: modules in the order they load, and the GPU's firmware.
kernel_driver() {
	mkdir -p "$root/lib/modules/driver"
	add modules 644 "$1/modules/order" lib/modules/driver/order
	while read -r module; do
		add modules 644 "$1/modules/$module.ko" "lib/modules/driver/$module.ko"
	done <"$1/modules/order"
	initramfs/firmware.sh "$1/firmware" >"$image.firmware"
	while read -r file; do
		mkdir -p "$root/lib/firmware/$(dirname "$file")"
		add firmware 644 "$1/firmware/$file" "lib/firmware/$file"
	done <"$image.firmware"
	rm "$image.firmware"
}

# user_driver FOLDER: libcuda and its companions, and what they open by themselves.
user_driver() {
	[ -f "$1/libcuda.so.1" ] || die "$1/libcuda.so.1 is missing"
	for library in "$1"/lib*.so*; do
		add driver 755 "$library" "usr/lib/forestage/$(basename "$library")"
	done
	libraries libc "$(realpath "$1")" "$1/libcuda.so.1"
	for library in libdl.so.2 libpthread.so.0 librt.so.1 libm.so.6 libgcc_s.so.1; do
		[ -e "$root/lib/x86_64-linux-gnu/$library" ] ||
			add libc 755 "/lib/x86_64-linux-gnu/$library" "lib/x86_64-linux-gnu/$library"
	done
}

if [ -n "$PYTHON" ]; then
	[ "$PYTHON" != yes ] || PYTHON=$BUILD/parts/python
	initramfs/python.sh "$PYTHON" "$root" >"$image.python"
	awk '{ print "python", $2, $1 }' "$image.python" >>"$report"
fi
[ -z "$JOBS" ] || programs "$JOBS"

case $DRIVER in
none) ;;
rehearsal)
	add driver 755 "$BUILD/rehearsal/libcuda.so.1" usr/lib/forestage/libcuda.so.1
	libraries driver "" "$BUILD/rehearsal/libcuda.so.1"
	;;
*)
	if [ -d "$DRIVER/modules" ]; then
		initramfs/driver-check.sh "$DRIVER"
		kernel_driver "$DRIVER"
		user_driver "$DRIVER/lib"
	else
		user_driver "$DRIVER"
	fi
	;;
esac

# fabric_manager FOLDER: initramfs/driver/fabric.c starts it.
fabric_manager() {
	version=$(cat "$1/version")
	[ "$version" = "$(driver_version)" ] || die "FABRIC=$1 is of version $version, the driver of $(driver_version)"
	mkdir -p "$root/usr/share/nvidia/nvswitch" "$root/var/log" "$root/var/tmp"
	ln -s ../run "$root/var/run" # for what it may write besides what its settings name
	add fabric 755 "$1/nv-fabricmanager" usr/bin/nv-fabricmanager
	add fabric 644 "$1/version" usr/share/nvidia/nvswitch/version
	for file in "$1"/share/*; do
		add fabric 644 "$file" "usr/share/nvidia/nvswitch/$(basename "$file")"
	done
	libraries fabric "" "$1/nv-fabricmanager"
}

if [ -n "$KERNEL_PART" ]; then
	mkdir -p "$root/lib/modules"
	module=$(find "$KERNEL_PART/lib/modules" -name efivarfs.ko | head -n 1)
	[ -z "$module" ] || add modules 644 "$module" lib/modules/efivarfs.ko
	# initramfs/stage/watchdog.c loads them in this order
	mkdir -p "$root/lib/modules/watchdog"
	for name in watchdog mfd-core lpc_ich iTCO_vendor_support iTCO_wdt i6300esb; do
		module=$(find "$KERNEL_PART/lib/modules" -name "$name.ko" | head -n 1)
		[ -z "$module" ] || add modules 644 "$module" "lib/modules/watchdog/$name.ko"
	done
	# for an order that names a store; initramfs/store/disks.c loads them in this order
	mkdir -p "$root/lib/modules/disk"
	: >"$root/lib/modules/disk/order"
	for name in virtio_pci virtio_blk virtio_scsi nvme ahci ata_piix sd_mod megaraid_sas mpt3sas smartpqi; do
		module disk "$name"
	done
	# for one whose store has inputs; initramfs/store/inputs.c loads them in this order: nobody loads for dm-verity and
	# EROFS what they ask for by name
	mkdir -p "$root/lib/modules/input"
	: >"$root/lib/modules/input/order"
	for name in crc32c_generic sha256_generic sha256-ssse3 dm-mod dm-verity erofs; do
		module input "$name"
	done
fi

# driver_version: of the driver that is packed; "" when nothing says it.
driver_version() {
	if [ "$DRIVER" = rehearsal ]; then
		echo rehearsal
	elif [ -f "$DRIVER/modules/nvidia.ko" ]; then
		/sbin/modinfo -F version "$DRIVER/modules/nvidia.ko" | head -n 1
	fi
}

[ -z "$FABRIC" ] || fabric_manager "$FABRIC"

# versions: those of the symbols of each library, without which the loader takes no program that asks for them.
versions() {
	for library in lib64/*.so* lib/x86_64-linux-gnu/*.so*; do
		[ -f "$library" ] || continue
		objdump -p "$library" | awk -v path="/$library" '/^Version definitions:/ { inside = 1; next }
			!NF || /^[^0-9\t ]/ { inside = 0 }
			inside && $1 ~ /^[0-9]+$/ && $2 != "0x01" { print "version=" path " " $4 }'
	done
}

# contents: what dom0/image/image.h reads. What the kernel, the driver and Python load by themselves is nobody's to ask
# for.
contents() {
	version=$(driver_version)
	[ -z "$version" ] || echo "driver=$version"
	[ -z "$version" ] || initramfs/cuda.sh "$version"
	[ -z "$FABRIC" ] || echo "fabric=$(cat "$FABRIC/version")"
	(cd "$root" && find bin sbin lib lib64 usr \( -type f -o -type l \) ! -path 'lib/modules/*' \
		! -path 'lib/firmware/*' ! -path 'usr/lib/locale/*' ! -path 'usr/lib/python3*' ! -path 'usr/share/nvidia/*') | sort | sed 's|^|file=/|'
	"$tools/bin/busybox" --list | sed 's/^/applet=/'
	(cd "$root" && versions)
}

# archive FOLDER: all below it, as cpio, on standard output.
archive() {
	find "$1" -exec touch -h -d @0 {} +
	(cd "$1" && find . -mindepth 1 | sed 's|^\./||' | sort | cpio --quiet --reproducible -o -H newc -R 0:0)
}

rm -rf "$image.front"
mkdir "$image.front"
contents >"$image.front/forestage.image"
cp "$image.front/forestage.image" "$image.image"
case $COMPRESS in
zstd) compress="zstd -q -$LEVEL -T1 -c" ;;
lz4) compress="lz4 -l -9 -c" ;;
gzip) compress="gzip -9 -n -c" ;;
none) compress="cat" ;;
*) die "COMPRESS=$COMPRESS is none of zstd, lz4, gzip, none" ;;
esac
archive "$root" >"$image.cpio"
{
	archive "$image.front"
	$compress <"$image.cpio"
} >"$image.new"
mv "$image.new" "$image"
rm -rf "$image.front"

awk '{ size[$1] += $2; total += $2 } END {
	for (part in size) printf "  %-10s %9d bytes\n", part, size[part] | "sort"
	close("sort"); printf "  %-10s %9d bytes\n", "together", total }' "$report"
echo "  $(basename "$image"): $(stat -c %s "$image") bytes ($COMPRESS)"
if [ -n "$PYTHON" ]; then
	alone=$(cut -d ' ' -f 1 "$image.python" | (cd "$root" && cpio --quiet -o -H newc) | $compress | wc -c)
	echo "  python, compressed by itself: $alone bytes"
	rm "$image.python"
fi
