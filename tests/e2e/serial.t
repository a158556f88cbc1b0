#!/bin/sh
# Xen's console on the second serial port: the stage speaks there too, at a speed that forestage.conf names as install
# writes it (dom0/xen/xenconsole.h), or at the one that the port has already. The firmware has the first.
. tests/e2e/lib.sh

export QEMU_EXTRA="-serial file:$work/com1.log"
options=${xen_options#console=com1 com1=115200,8n1 }
skip_firmware
pack DRIVER=rehearsal
mkdir "$work/jobs"
cp -r samples/jobs/vecadd.* samples/jobs/data "$work/jobs/"

# to_com2 DESCRIPTION CONSOLE XEN_OPTIONS: forestage.conf's console= for the port, and how Xen has it.
to_com2() {
	console=$2
	bundle_to_xen JOBS="$work/jobs" XEN_OPTIONS="$3 $options"
	ends_in_xen "$1" 0
	check "$1: the stage is on it from its first line on" in_order "^forestage: Linux .*run" "vecadd.*pass" "^forestage: sealed"
	check "$1: Linux has its console there" grep -q 'console \[ttyS1\] enabled' "$work/run/stage/kernel.log"
	check "$1: the other port has the firmware's, and neither the stage's nor Xen's" com1_is_the_firmwares
}

com1_is_the_firmwares() {
	tr -d '\r' <"$work/com1.log" >"$work/com1"
	grep -aq '^forestage: starting Linux' "$work/com1" && ! grep -aE '^forestage: (Linux|sealed)|Xen version' "$work/com1"
}

conf() {
	printf '%s\n' "region-size=${region_mib}M" 'fallback=\EFI\demo\fallback.efi' 'console=tty0' "console=${console:-}" \
		'countdown=0'
}

to_com2 "com2 at 57600" ttyS1,57600n8 "com2=57600,8n1 console=com2,vga"
to_com2 "com2 as it is set" uart8250,io,0x2f8 "com2=auto console=com2,vga"
check "Xen found a speed there" not console_has "baud rate was not set up"
finish_tests
