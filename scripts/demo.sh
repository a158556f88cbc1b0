#!/bin/sh
# The whole chain in QEMU: firmware, forestage.efi, Linux with the jobs, kexec, Xen, dom0. Ends with
# dom0's verdict and its exit code. Variables: see docs/operation.md, "make demo".
set -eu
export LC_ALL=C

: "${BUILD:=build}" "${OUT:=$BUILD/demo}" "${JOBS:=samples/jobs}" "${DRIVER:=rehearsal}"
# A machine that waits for gdb may take its time.
case ${GDB:=} in
'') : "${LIMIT:=300}" ;;
yes) : "${LIMIT:=7200}" ;;
*) echo "demo: GDB=$GDB is not yes" >&2; exit 2 ;;
esac
: "${DOM0:=pv}"
export BUILD OUT DRIVER DOM0 LIMIT

first() {
	for file; do [ -f "$file" ] && { echo "$file"; return; }; done
	echo "demo: none of these is there: $*" >&2
	return 1
}

scripts/parts.sh
[ "${PYTHON:=}" != yes ] || scripts/parts.sh python
# NVIDIA's own driver and the kernel it was built for.
if [ "$DRIVER" = debian ] || [ -f "$DRIVER" ] || [ -d "$DRIVER/kernel-open" ]; then
	own=
	[ "${KERNEL:-}" != own ] || own=own
	DRIVER=$(KERNEL=$own scripts/driver.sh)
fi
if [ -f "$DRIVER/vmlinuz" ]; then
	# KERNEL=own has had its effect: these modules are for that kernel.
	[ "${KERNEL:-own}" != own ] || KERNEL=$DRIVER/vmlinuz
	: "${COMPRESS:=lz4}"
	export COMPRESS
fi
stage=$(KERNEL=${KERNEL:-} scripts/stage-kernel.sh)
KERNEL=$(echo "$stage" | sed -n 1p)
KERNEL_PART=$(echo "$stage" | sed -n 2p)
: "${XEN:=$(first "$BUILD"/parts/xen/boot/xen-*.gz)}"
# A kernel of the user's own comes without drivers: dom0 then hands its results over by console.
if [ -z "${DOM0_KERNEL:-}" ]; then
	DOM0_KERNEL=$(first "$BUILD"/parts/dom0/boot/vmlinuz-*)
	DOM0_PART=$BUILD/parts/dom0
fi
: "${RUN:=$(uuidgen)}"
: "${CONF:=$(printf 'region-size=64M\nfallback=\\EFI\\demo\\fallback.efi\nconsole=ttyS0,115200n8\ncountdown=1')}"
: "${XEN_OPTIONS:=console=com1 com1=115200,8n1 dom0_mem=1G,max:1G dom0_max_vcpus=1$([ "$DOM0" = pvh ] && echo ' dom0=pvh')}"
: "${DOM0_OPTIONS:=console=hvc0 panic=5 quiet cryptomgr.notests}"
export KERNEL XEN DOM0_KERNEL RUN CONF XEN_OPTIONS DOM0_OPTIONS JOBS
export EFI="$BUILD/efi/forestage.efi" INITRAMFS="$OUT/initramfs.img" DOM0_INITRD="$OUT/dom0.initrd"

mkdir -p "$OUT"
rm -rf "$OUT/run" "$OUT/serial.log" "$OUT/vars.fd"
echo "demo: packing the stage's initramfs"
KERNEL_PART=$KERNEL_PART initramfs/pack.sh "$INITRAMFS"
DOM0_PART=${DOM0_PART:-} tests/e2e/dom0/pack.sh "$DOM0_INITRD"
scripts/bundle.sh "$OUT/esp"
mkdir -p "$OUT/esp/EFI/BOOT" "$OUT/esp/EFI/demo"
cp "$EFI" "$OUT/esp/EFI/BOOT/BOOTX64.EFI"
cp "$BUILD/efi/fallback.efi" "$OUT/esp/EFI/demo/fallback.efi"
scripts/esp.sh "$OUT/esp" "$OUT/esp.img"
rm -f "$OUT/out.img"
truncate -s 300M "$OUT/out.img"

[ -z "$GDB" ] || {
	GDB=$OUT/gdb
	echo "demo: the machine waits for gdb: $([ "$OUT" = build/demo ] || echo "OUT=$OUT ")gdb -x scripts/gdb.py"
}
echo "demo: run $RUN boots (about a minute without KVM; log: $OUT/serial.log)"
: >"$OUT/serial.log"
code=0
OUT_DISK="$OUT/out.img" VARS="$OUT/vars.fd" GDB="$GDB" scripts/qemu.sh "$OUT/esp.img" "$OUT/serial.log" &
tail -f --pid=$! "$OUT/serial.log" | tr -d '\r' |
	grep --line-buffered -a -E '^forestage|^job .*: [a-z]+ \(|^\(XEN\) Xen version|^dom0: Linux' || :
wait $! || code=$?
if [ "$code" -eq 124 ]; then
	echo "demo: the machine did not end within $LIMIT s; the last lines of $OUT/serial.log:" >&2
	tail -n 15 "$OUT/serial.log" >&2
	exit 1
fi

scripts/handover.sh "$OUT/out.img" "$OUT/serial.log" "$OUT"
cat "$OUT/summary.txt"
echo "demo: run folder $OUT/run, log $OUT/serial.log"
exit "$(cat "$OUT/exit_code")"
