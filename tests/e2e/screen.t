#!/bin/sh
# What somebody before the machine sees: the stage, Xen and dom0 on the firmware's frame buffer, read from pictures of
# it. The Xen is one that is too large for its place, as one with XEN_ALIGN_2M=y is: init has to move it.
. tests/e2e/lib.sh

set_up "no font to read a screen with" scripts/parts.sh fonts
font=$BUILD/parts/fonts/usr/share/consolefonts/Lat15-VGA16.psf.gz
pack DRIVER=rehearsal
pack_dom0
mkdir "$work/jobs"
cp -r samples/jobs/vecadd.* samples/jobs/data "$work/jobs/"

# screen_has PICTURE PATTERN
screen_has() {
	grep -nE "$2" "$work/pictures/$1.txt"
}

# What the stage says goes to both.
conf() {
	printf '%s\n' "region-size=${region_mib}M" 'fallback=\EFI\demo\fallback.efi' 'console=tty0' 'console=ttyS0,115200n8' \
		'countdown=0'
}
# Of the ELF file of 32 bits, the first program header says at 72 how much memory it takes; at 8 MiB firmware has
# something of its own.
xen=$work/xen-large
gzip -dc "$(echo "$BUILD"/parts/xen/boot/xen-*.gz)" >"$xen"
printf '\000\000\240\000' | dd of="$xen" bs=1 seek=72 conv=notrunc status=none # 10 MiB
check "Xen takes 10 MiB" sh -c "readelf -lW '$xen' | grep -E 'LOAD .* 0xa00000 '"
both="${xen_options%%console=com1*}console=com1,vga ${xen_options#console=com1 } vga=mode-0x0311"
bundle JOBS="$work/jobs" XEN="$xen" XEN_OPTIONS="$both" DOM0_OPTIONS="$dom0_options console=tty0 console=hvc0 loglevel=7"

shoot() {
	rm -f "$work/out.img"
	truncate -s 300M "$work/out.img"
	SMP=1 OUT_DISK="$work/out.img" VARS="$work/vars.fd" tests/e2e/shoot.py "$font" "$work/pictures" "$@" -- \
		scripts/qemu.sh "$work/esp.img" "$work/serial.log"
}
set_up "no ESP image" scripts/esp.sh "$work/esp" "$work/esp.img"
check "a machine with a screen ends by itself" shoot "stage ^forestage: Linux .*, run " "xen .XEN..*Using scheduler" \
	"dom0 ^dom0: Linux"
tr -d '\r' <"$work/serial.log" >"$work/console"
tell_machine >&9
check "dom0 hands over" scripts/handover.sh "$work/out.img" "$work/serial.log" "$work"
tell_record
check "the run passed" json '.verdict == "pass"'
check "the record has the screen" event '.event == "stage.kexec_load" and (.screen | test("^[0-9]+x[0-9]+ at 0x"))'
check "the stage is on the screen" screen_has stage "^forestage: Linux [0-9].*, run [0-9a-f]{8}"
check "the serial line has it as well" console_has "^forestage: Linux [0-9].*, run [0-9a-f]{8}"
check "Xen is on the screen" screen_has xen "^.XEN. Using scheduler"
check "Xen writes to the frame buffer" console_has "VGA is graphics mode [0-9]+x[0-9]+, 32 bpp"
check "dom0 is on the screen" screen_has dom0 "^\[ +[0-9]+\.[0-9]+\] "
check "Xen was moved, and init loaded it" console_has "^.XEN. Bootloader: forestage"
finish_tests
