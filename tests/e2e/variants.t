#!/bin/sh
# The chain on other ground: Xen 4.20, a PVH dom0, more memory and processors, other disks.
. tests/e2e/lib.sh

# passes DESCRIPTION VARIABLE=VALUE…: the demo passes with these.
passes() {
	description=$1
	shift
	check "$description: the demo passes" env OUT="$work" CONF="$(conf)" "$@" scripts/demo.sh
	tr -d '\r' <"$work/serial.log" >"$work/console"
	check "$description: every job passed" json '.verdict == "pass" and ([.jobs[].status] | all(. == "pass"))'
}

scripts/fetch.sh trixie "$BUILD/parts/xen-4.20" xen-hypervisor-4.20-amd64
passes "Xen 4.20" XEN="$(echo "$BUILD"/parts/xen-4.20/boot/xen-4.20*.gz)"
check "Xen 4.20: it is that" console_has "Xen version 4\.20"
# With two processors, QEMU's emulation of nested virtualisation does not always come back.
passes "PVH dom0" DOM0=pvh SMP=1
check "PVH dom0: Xen built one" console_has "PVH is an experimental mode"
passes "6 GB, 4 processors, AHCI" MEM=6G SMP=4 ESP_BUS=ahci
passes "NVMe" ESP_BUS=nvme
finish_tests
