#!/bin/sh
# Which kernel the stage gets in the demo and in the QEMU tests: scripts/stage-kernel.sh
# Prints two lines: the kernel, and the folder that has its modules in lib/modules ("" when it has none).
#
# Environment: KERNEL: unset (Debian's cloud kernel, from scripts/parts.sh), own (scripts/kernel.sh), or a
# bzImage of your own.
set -eu

: "${BUILD:=build}" "${KERNEL:=}"

case $KERNEL in
'')
	part=$BUILD/parts/stage
	kernel=$(find "$part/boot" -name 'vmlinuz-*' | head -n 1)
	;;
own)
	part=$(scripts/kernel.sh)
	kernel=$part/vmlinuz
	;;
*)
	part=
	kernel=$KERNEL
	;;
esac
[ -f "$kernel" ] || {
	echo "stage-kernel: ${kernel:-$BUILD/parts/stage/boot/vmlinuz-*} is missing" >&2
	exit 1
}
printf '%s\n%s\n' "$kernel" "$part"
