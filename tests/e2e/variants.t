#!/bin/sh
# The chain on other ground: Xen 4.20, a PVH dom0, more memory and processors, other disks.
. tests/e2e/lib.sh

# passes DESCRIPTION VARIABLE=VALUE…: the demo passes with these. Its initramfs is not packed: tests/e2e/chain.t's is.
passes() {
	variant=$1
	shift
	check "$variant: the demo passes" env OUT="$work" COMPRESS=none CONF="$(conf)" DOM0_KERNEL="$dom0_kernel" \
		DOM0_PART="$BUILD/parts/dom0" XEN_OPTIONS="$xen_options" DOM0_OPTIONS="$dom0_options" "$@" scripts/demo.sh
	tr -d '\r' <"$work/serial.log" >"$work/console"
	check "$variant: every job passed" json '.verdict == "pass" and ([.jobs[].status] | all(. == "pass"))'
}

# With two processors, QEMU's emulation of nested virtualisation does not always come back.
passes "PVH dom0, NVMe" DOM0=pvh SMP=1 ESP_BUS=nvme XEN_OPTIONS="$xen_options dom0=pvh"
check "PVH dom0: Xen built one" console_has "PVH is an experimental mode"

# Behind dom0's kernel something that says that it is microcode, and the initrd behind that. The processor is one that
# Xen has microcode for, without what Xen would put it to sleep with, which QEMU's emulation does not have as it should.
microcode "$work/microcode"
modules="$work/microcode $work/dom0.initrd"
zen="-cpu max,-smap,-smep,family=23,-monitor"

# The last, because it is the only one that needs something of Debian 13. The machine and Xen's version have nothing in
# common either.
set_up "no Xen 4.20" scripts/parts.sh xen-4.20
passes "6 GB, 4 processors, AHCI, Xen 4.20, three modules" MEM=6G SMP=4 ESP_BUS=ahci MODULES="$modules" \
	QEMU_EXTRA="$zen" XEN_OPTIONS="$xen_options ucode=1 loglvl=all" XEN="$(echo "$BUILD"/parts/xen-4.20/boot/xen-4.20*.gz)"
check "4 processors: three of them helped with the hashes" event '.event == "efi.bundle" and .helpers == 3'
check "Xen 4.20: it is that" console_has "Xen version 4\.20"
check "three modules: Xen took the second for microcode" console_has "^.XEN. Microcode: Parse error -22"
check "three modules: the record says how many" event '.event == "stage.kexec_load" and .modules == 3'
finish_tests
