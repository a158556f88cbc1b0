#!/bin/sh
# Secure Boot, with the keys that OVMF brings for tests: the stage falls through and says why. Everything that the
# firmware starts is signed here with such a key. A kernel that locks itself down although forestage.conf says
# that it does not ends in a reset.
. tests/e2e/lib.sh

key=/usr/share/ovmf/PkKek-1-snakeoil
set_up "no key" openssl rsa -in $key.key -passin pass:snakeoil -out "$work/key"

# sign FILE TARGET
sign() {
	set_up "no signature" sbsign --key "$work/key" --cert $key.pem --output "$2" "$1"
}

# signed_bundle [VARIABLE=VALUE…]: as bundle, with what the firmware starts signed, but for the stage's kernel.
signed_bundle() {
	bundle "$@"
	sign "$BUILD/efi/forestage.efi" "$work/esp/EFI/BOOT/BOOTX64.EFI"
	sign "$BUILD/efi/fallback.efi" "$work/esp/EFI/demo/fallback.efi"
}

falls_through() {
	check "$1: ends by itself" boot SECURE_BOOT=yes LIMIT=200
	check "$1: says why" console_has "^forestage: falling back: $2"
	check "$1: the normal loader starts" in_order "falling back" "^fallback loader started"
	check "$1: Linux is not started" not console_has "starting Linux|^forestage: Linux"
}

# Whichever kernel the other tests run with, these are about a distribution's.
set_up "no distribution's kernel" env KERNEL='' scripts/stage-kernel.sh
stage_kernel=$(sed -n 1p "$work/set-up.out") stage_part=$(sed -n 2p "$work/set-up.out")

pack DRIVER=none
printf 'no initrd is needed to fall through, and no kernel\n' >"$work/dom0.initrd"
debian_kernel=$dom0_kernel dom0_kernel=$work/dom0.initrd
sign "$stage_kernel" "$work/vmlinuz.signed"
kind_of_machine=SECURE_BOOT=yes
skip_firmware

signed_bundle KERNEL="$work/vmlinuz.signed"
falls_through "without secure-boot=yes" "Secure Boot is on, .*secure-boot=yes in forestage.conf"
check "the order is not used up" mdir -i "$work/esp.img" ::/EFI/forestage/order

signed_bundle CONF="$(conf; echo secure-boot=yes)"
falls_through "a kernel without signature" "vmlinuz: Secure Boot does not allow it"

signed_bundle CONF="$(conf; echo secure-boot=yes)" KERNEL="$work/vmlinuz.signed"
check "a kernel that locks itself down: ends by itself" boot SECURE_BOOT=yes LIMIT=400
check "a kernel that locks itself down: resets, and does not start Xen" in_order \
	"^forestage: starting Linux" "^forestage: stage.region: .*not permitted" \
	"^forestage: rebooting: the next boot is a normal one"
check "a kernel that locks itself down: Xen is not started" not console_has "Xen version"

# The set-up that works (docs/security.md): a signed kernel that has no lockdown.
own=$BUILD/kernel/current/vmlinuz
if [ -f "$own" ]; then
	stage_part='' dom0_kernel=$debian_kernel
	pack DRIVER=rehearsal
	pack_dom0
	sign "$own" "$work/own.signed"
	signed_bundle CONF="$(conf; echo secure-boot=yes)" KERNEL="$work/own.signed"
	snapshot=
	check "the own kernel, signed: ends by itself" boot SECURE_BOOT=yes LIMIT=200
	check "the own kernel, signed: jobs, Xen and dom0" in_order "^forestage: Linux" "vecadd.*pass" \
		"^forestage: kexec: starting Xen" "Xen version 4" "^dom0: Linux .* under xen" "Verdict: *PASS"
else
	skip "the own kernel, signed" "no own kernel: make kernel"
fi
finish_tests
