#!/bin/sh
# Whatever is wrong before Linux starts, the machine goes on to its normal loader and says why.
. tests/e2e/lib.sh

stage_options= # no kernel comes to read them, and one test has its own
skip_firmware
pack DRIVER=none
printf 'no initrd is needed to fall through\n' >"$work/dom0.initrd"
used=$(uuidgen)

# falls_through DESCRIPTION REASON: boots $work/esp and looks for the reason and for the loader.
falls_through() {
	check "$1: ends by itself" boot LIMIT=60
	check "$1: says why" console_has "^forestage: falling back: $2"
	check "$1: the normal loader starts" in_order "falling back" "^fallback loader started"
	check "$1: Linux is not started" not console_has "starting Linux|^forestage: Linux"
}

esp=$work/esp/EFI/forestage

bundle RUN=none
falls_through "no order" "no order"

# Spends its order on a missing file; the next boot finds the same order again.
bundle RUN="$used"
rm "$esp/next/initrd"
falls_through "a file missing" "next/initrd: not found"

keep_variables=yes
bundle RUN="$used" CONF="$(conf && echo debug=yes)"
falls_through "an order used before" "order $(echo "$used" | cut -c1-8) was used before"
check "debug=yes: each step up to there is on the console" in_order "^forestage: debug: forestage.efi .* at 0x" \
	"^forestage: debug: order: run $used, once" "^forestage: debug: firmware variable ForestageLastRun is \"$used\"" \
	"^forestage: debug: removing order" "^forestage: debug: giving everything back" "falling back" \
	"^forestage: debug: fallback loader .* is loaded at 0x" "^forestage: debug: starting fallback loader"
keep_variables=no
check "debug=yes: none behind it" not console_has "^forestage: debug: step [3-9]"

bundle
printf '\377' | dd of="$esp/initramfs.img" bs=1 seek=100000 conv=notrunc status=none
falls_through "a byte of the initramfs changed" "initramfs.img: .*SHA-256"

bundle
rm "$esp/manifest"
falls_through "no manifest" "manifest: not found"

# Which of them Xen would take for what, it could not know.
bundle MODULES="$work/dom0.initrd $work/dom0.initrd"
rm "$esp/next/module-1"
sed -i '/module-1$/d' "$esp/manifest"
falls_through "a gap in Xen's modules" "manifest: lists next/module-2, but no next/module-1"

: >"$work/empty"
bundle DOM0_INITRD="$work/empty"
falls_through "an initrd of no bytes" "next/initrd: is empty"

bundle CONF="$(conf | sed 's/^region-size=.*/region-size=2G/')"
falls_through "a region too large for the machine" "region: no room for 2048 MiB"

bundle KERNEL="$work/dom0.initrd"
falls_through "a kernel that is no PE image" "vmlinuz: "

bundle
printf '\377' | dd of="$esp/next/vmlinuz" bs=1 seek=1000 conv=notrunc status=none
falls_through "a byte of dom0's kernel changed" "next/vmlinuz: .*SHA-256"

bundle
printf 'run=%s\nrepeat=twice\n' "$(uuidgen)" >"$esp/order"
falls_through "an order with a word that means nothing" "order:2: repeat: "

bundle CONF="$(conf && echo colour=blue)"
falls_through "a key of forestage.conf that there is not" "forestage.conf:[0-9]+: unknown key colour"

bundle
sed -i '/forestage.conf$/d' "$esp/manifest"
falls_through "a forestage.conf that the manifest does not list" "manifest: does not list forestage.conf"

bundle CONF="$(conf && echo options=mem=1G)"
falls_through "an option that takes memory away" "forestage.conf:[0-9]+: options: "

bundle KERNEL="$BUILD/efi/fallback.efi"
falls_through "a PE image that is no kernel" "vmlinuz: "

bundle CONF="$(conf | sed 's/^countdown=.*/countdown=30/')"
around="tests/e2e/press.py starts.in.2 ret"
falls_through "a key in the countdown" "a key was pressed"
around=
check "a key in the countdown: the order is used up" not mdir -i "$work/esp.img" ::/EFI/forestage/order

# Twice the bundle, and what Linux needs, is more than the machine has free. Its disk is not the snapshot's, either.
mkdir "$work/large"
head -c 480M /dev/zero >"$work/large/zeros"
bundle JOBS="$work/large"
snapshot=
export MEM=1152M
falls_through "more files than memory" "bundle: needs [0-9]+ MiB of memory, [0-9]+ MiB are free"
finish_tests
