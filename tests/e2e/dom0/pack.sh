#!/bin/sh
# Packs the initrd of the test's dom0: tests/e2e/dom0/pack.sh INITRD
# Environment: BUILD; DOM0_PART (an unpacked kernel package, for its disk drivers; "" for none);
# COLLECT_OPTIONS (for forestage collect); INIT (instead of the init here), DRIVERS (ahci sd_mod), FILES (a folder whose
# files are laid over)
set -eu
export LC_ALL=C

: "${BUILD:=build}" "${DOM0_PART:=}" "${COLLECT_OPTIONS:=}" "${DRIVERS:=ahci sd_mod}" "${FILES:=}"
here=$(dirname "$0")
: "${INIT:=$here/init}"
initrd=$1
root=$initrd.root

rm -rf "$root"
mkdir -p "$root/bin" "$root/modules" "$root/proc" "$root/sys" "$root/dev" "$root/run" "$root/tmp"
install -m 755 "$INIT" "$root/init"
install -m 755 "$BUILD/parts/tools/bin/busybox" "$root/bin/busybox"
install -m 755 "$BUILD/dom0/forestage" "$root/bin/forestage"
echo "$COLLECT_OPTIONS" >"$root/collect.options"

if [ -n "$DOM0_PART" ]; then
	release=$(ls "$DOM0_PART/lib/modules")
	# the last of depmod's files: tests that run side by side do not take another's for finished too early
	[ -f "$DOM0_PART/lib/modules/$release/modules.devname" ] || /sbin/depmod -b "$DOM0_PART" "$release"
	for driver in $DRIVERS; do
		/sbin/modprobe -d "$DOM0_PART" -S "$release" --show-depends "$driver"
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r module; do
		cp "$module" "$root/modules/"
		basename "$module" >>"$root/modules.list"
	done
fi
[ -z "$FILES" ] || cp -r "$FILES/." "$root"
(cd "$root" && find . -mindepth 1 | sort | cpio --quiet -o -H newc -R 0:0) | gzip -1 -n >"$initrd"
