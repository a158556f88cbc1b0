#!/bin/sh
# Boots an ESP image in QEMU with OVMF and waits for the machine to switch itself off:
#
#   scripts/qemu.sh ESP SERIAL_LOG
#
# Environment: OUT_DISK (an image dom0 writes to), VARS (firmware variables, kept from boot to boot;
# made when missing), MEM, SMP, ESP_BUS (virtio, ahci, nvme), DOM0 (pv, pvh), LIMIT (seconds),
# ACCEL (tcg: under KVM, OVMF does not run everywhere), SECURE_BOOT (yes: OVMF with its snakeoil keys),
# GDB (a socket, where the machine waits for gdb before its first instruction: scripts/gdb.py),
# QEMU_EXTRA (more arguments).
# Exit code 124: the limit passed.
set -eu

: "${MEM:=3G}" "${SMP:=2}" "${ESP_BUS:=virtio}" "${DOM0:=pv}" "${LIMIT:=240}"
: "${ACCEL:=tcg,thread=multi}" "${QEMU_EXTRA:=}" "${OUT_DISK:=}" "${GDB:=}"

[ $# -eq 2 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'; exit 2; }
esp=$1 log=$2
firmware=/usr/share/OVMF
code=$firmware/OVMF_CODE_4M.fd vars=$firmware/OVMF_VARS_4M.fd machine=q35
if [ "${SECURE_BOOT:-no}" = yes ]; then
	code=$firmware/OVMF_CODE_4M.secboot.fd vars=$firmware/OVMF_VARS_4M.snakeoil.fd
	machine=q35,smm=on
	# With S3, this firmware keeps the memory that a PV dom0's kernel is linked to.
	QEMU_EXTRA="-global driver=cfi.pflash01,property=secure,value=on -global ICH9-LPC.disable_s3=1 $QEMU_EXTRA"
fi
: "${VARS:=$log.vars}"
[ -f "$VARS" ] || cp "$vars" "$VARS"

set -- -nodefaults -machine "$machine" -accel "$ACCEL" -m "$MEM" -smp "$SMP" -display none -no-reboot \
	-drive "if=pflash,format=raw,readonly=on,file=$code" \
	-drive "if=pflash,format=raw,file=$VARS" \
	-drive "if=none,id=esp,format=raw,file=$esp"

case $ESP_BUS in
virtio) set -- "$@" -device virtio-blk-pci,drive=esp ;;
ahci) set -- "$@" -device ide-hd,drive=esp,bus=ide.0 ;;
nvme) set -- "$@" -device nvme,drive=esp,serial=esp ;;
*) echo "qemu: ESP_BUS=$ESP_BUS is none of virtio, ahci, nvme" >&2; exit 2 ;;
esac

# A PV dom0 dies with SMAP under TCG; a PVH one needs SVM without RDTSCP, and an IOMMU.
case $DOM0 in
pv) set -- "$@" -cpu max,-smap,-smep ;;
pvh) set -- "$@" -cpu max,-smap,-smep,-rdtscp -device amd-iommu,intremap=on ;;
*) echo "qemu: DOM0=$DOM0 is neither pv nor pvh" >&2; exit 2 ;;
esac

if [ -n "$OUT_DISK" ]; then
	set -- "$@" -drive "if=none,id=out,format=raw,file=$OUT_DISK" -device ide-hd,drive=out,bus=ide.5
fi

if [ -n "$GDB" ]; then
	rm -f "$GDB"
	set -- "$@" -gdb "unix:$GDB,server=on,wait=off" -S
fi

# shellcheck disable=SC2086 # QEMU_EXTRA is a list of words
exec timeout -k 5 "$LIMIT" qemu-system-x86_64 "$@" $QEMU_EXTRA -serial "file:$log" </dev/null
