#!/bin/sh
# What somebody before the machine sees: the stage, Xen and dom0 on the firmware's frame buffer, read from pictures of
# it, which stay in build/tests/screen. The Xen is one that is too large for its place, as one with XEN_ALIGN_2M=y is:
# init has to move it. With XEN=FILE it is that one, as it is.
. tests/e2e/lib.sh

set_up "no font to read a screen with" scripts/parts.sh fonts
font=$BUILD/parts/fonts/usr/share/consolefonts/Lat15-VGA16.psf.gz
pictures=$BUILD/tests/screen
pack DRIVER=rehearsal
pack_dom0
mkdir "$work/jobs"
cp -r samples/jobs/vecadd.* samples/jobs/data "$work/jobs/"

# screen_has PICTURE PATTERN
screen_has() {
	grep -nE "$2" "$pictures/$1.txt"
}

# What the stage says goes to both.
conf() {
	printf '%s\n' "region-size=${region_mib}M" 'fallback=\EFI\demo\fallback.efi' 'console=tty0' 'console=ttyS0,115200n8' \
		'countdown=0'
}

xen=$work/xen
if [ -n "$own_xen" ]; then
	set_up "no Xen" sh -c "gzip -dcf '$XEN' >'$xen'"
else
	set_up "no large Xen" tests/xenfile.py large "$XEN" "$xen"
fi
# where it is linked to, and how much memory it takes there
# shellcheck disable=SC2046 # two words
set -- $(readelf -lW "$xen" | awk '$1 == "LOAD" { print $4, $6; exit }')
echo "# Xen: $2 bytes at $1"
both="${xen_options%%console=com1*}console=com1,vga ${xen_options#console=com1 } vga=mode-0x0311"
bundle JOBS="$work/jobs" XEN="$xen" XEN_OPTIONS="$both" DOM0_OPTIONS="$dom0_options console=tty0 console=hvc0 loglevel=7"

shoot() {
	rm -f "$work/out.img"
	truncate -s 300M "$work/out.img"
	SMP=1 OUT_DISK="$work/out.img" VARS="$work/vars.fd" tests/e2e/shoot.py "$font" "$pictures" "$@" -- \
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
# A line of Xen's begins so; XCP-ng's has the time behind it.
xen_line='^.XEN. (\[ *[0-9a-f.]+\] )?'
# OVMF has something of its own at 0x806000.
if [ "$(($1 + $2))" -gt "$((0x806000))" ]; then
	check "Xen was moved, and init loaded it" in_order "${xen_line}Bootloader: forestage" \
		"${xen_line}Xen image load base address: 0x[1-9a-f]"
else
	check "Xen has its place, and init loaded it" in_order "${xen_line}Bootloader: forestage" \
		"${xen_line}Xen image load base address: 0$"
fi

# Xen reads Multiboot2's VBE tag from 4.17 on.
version=$(sed -n 's/.*Xen version 4\.\([0-9]*\).*/\1/p' "$work/console" | head -n 1)
: "${version:=0}"
if [ "$version" -ge 17 ]; then
	check "Xen is on the screen" screen_has xen "${xen_line}Using scheduler"
	check "Xen writes to the frame buffer" console_has "VGA is graphics mode [0-9]+x[0-9]+, 32 bpp"
	check "dom0 is on the screen" screen_has dom0 "^\[ +[0-9]+\.[0-9]+\] Run /init as init process"
	check "dom0 has the same frame buffer" console_has "vesafb: framebuffer at 0x[0-9a-f]+, mapped to"
else
	check "Xen 4.$version, which knows of no such screen, is not harmed" in_order "Xen version 4\.$version" "^dom0: Linux"
	skip "Xen and dom0 are on the screen" "this Xen reads no VBE tag"
fi

# A display that the firmware draws on by calls alone (BltOnly); the machines of the other tests have none at all.
mkdir "$work/none"
bundle_to_xen JOBS="$work/none"
export QEMU_EXTRA="-device virtio-gpu-pci"
ends_in_xen "BltOnly" 1
check "BltOnly: Xen is told of no screen, and the record says why" event '.event == "stage.kexec_load" and
	.no_screen == "the firmware gives no frame buffer"'
finish_tests
