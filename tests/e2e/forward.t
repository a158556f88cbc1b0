#!/bin/sh
# Whatever goes wrong once Linux runs, the machine ends in Xen and dom0 has a truthful record. Only the first boot goes
# on to dom0, with a Xen that init leaves to kexec-tools; what the region holds of the others is collected here, with
# dom0's command.
. tests/e2e/lib.sh

skip_firmware
pack DRIVER=rehearsal
pack_dom0

status_of() {
	json "[.jobs[] | select(.job == \"$1\")] | length == 1 and all(.status == \"$2\" and (.reason | test(\"$3\")))"
}

# A job that never ends, one that expects something else, and one that is right.
mkdir "$work/jobs"
cp samples/jobs/vecadd.conf "$work/jobs/c-right.conf"
cp -r samples/jobs/*.ptx samples/jobs/data "$work/jobs/" 2>/dev/null
cp tests/e2e/jobs/hang.ptx tests/e2e/jobs/a-hang.conf "$work/jobs/"
sed 's/sha256:[0-9a-f]*/sha256:0000000000000000000000000000000000000000000000000000000000000000/' \
	samples/jobs/reduce.conf >"$work/jobs/b-wrong.conf"

xen=$work/xen-two-parts
set_up "no Xen of two parts" tests/xenfile.py parts "$XEN" "$xen"

microcode "$work/microcode"
bundle JOBS="$work/jobs" XEN="$xen" MODULES="$work/microcode $work/dom0.initrd" XEN_OPTIONS="$xen_options ucode=1"
ends_in_dom0 "a hang and a wrong value, a Xen of two parts" 1
check "a Xen of two parts: the modules went along, in their order" event '.event == "stage.kexec_load" and .modules == 3'
check "a Xen of two parts: kexec-tools loaded it" console_has "kexec-tools has to load Xen: .*exactly one part"
check "the hang is a timeout" status_of a-hang timeout "2 s|2\\\\.0"
check "the wrong value is a failure" status_of b-wrong fail .
check "the job behind them passes" json '[.jobs[] | select(.job == "c-right")] | all(.status == "pass")'
check "the verdict is fail, the run complete" json '.verdict == "fail" and .complete'

# A runner that dies of a signal in the middle of a record.
set_up "no runner" "${CC:-gcc}" -static -O1 -I. -o "$work/forestage-run" tests/e2e/crash.c region/*.c lib/crc32c.c lib/sha256*.c lib/uuid.c
cp "$work/initramfs.img" "$work/good.img"
lay_over "$work/forestage-run" bin/forestage-run
bundle_to_xen
ends_in_xen "a runner that crashes" 1
check "the record says which signal" json '.complete and .verdict == "fail" and (.reasons | tostring | test("signal"))'
check "what it had planned is not lost" json '.jobs | length == 1 and .[0].status == "notrun"'

# An image without libcuda, on a machine that is asked for every step.
pack DRIVER=none
bundle_to_xen CONF="$(conf && echo debug=yes)"
ends_in_xen "libcuda missing" 1
check "debug=yes: forestage.efi says each step" in_order \
	"^forestage: debug: forestage.efi .* at 0x[0-9a-f]+, [0-9]+ bytes" "^forestage: debug: forestage.conf: [0-9]+ bytes at 0x" \
	"^forestage: debug: step 3 of 10: " "^forestage: debug: writing firmware variable ForestageLastRun: " \
	"^forestage: debug: step 5 of 10: " "^forestage: debug: region: $((region_mib << 20)) bytes at 0x" \
	"^forestage: debug: EBDA page: .* at 0x" "^forestage: debug: step 6 of 10: " \
	"^forestage: debug: reading initramfs.img: $(stat -c %s "$work/initramfs.img") bytes to 0x" \
	"^forestage: debug: reading next/xen: [0-9]+ bytes to 0x" "^forestage: debug: SHA-256: comparing [0-9]+ files" \
	"^forestage: debug: vmlinuz is loaded at 0x" "^forestage: debug: command line: forestage.region=0x" \
	"^forestage: debug: initrd: " "^forestage: debug: step 10 of 10: " "^forestage: debug: vmlinuz takes the initrd: " \
	"^forestage: Linux "
check "every job is an error that names libcuda" \
	json '.jobs | length > 0 and all(.status == "error" and (.reason | test("libcuda.so.1")))'

# An ELF file that is no Xen, with a manifest that agrees, and a word in next.conf that means nothing: each ends in a
# reset, with the region sealed before.
# ends_in_reset DESCRIPTION REASON
ends_in_reset() {
	check "$1: ends by itself" boot LIMIT=240
	check "$1: says why" console_has "^forestage: stage.kexec_load: $2"
	check "$1: is sealed, and resets" in_order "^forestage: sealed" "^forestage: rebooting: the next boot is a normal one"
	check "$1: Xen is not started" not console_has "starting Xen|Xen version"
}
mkdir "$work/none"
head -c 100000 "$BUILD/runner/forestage-run" >"$work/no-xen"
bundle_to_xen JOBS="$work/none" XEN="$work/no-xen"
ends_in_reset "a Xen that is none" "/sbin/kexec: "
bundle_to_xen JOBS="$work/none" XEN_OPTIONS="$(printf '%s\ncolour=blue' "$xen_options")"
ends_in_reset "a key of next.conf that there is not" "next.conf:2: unknown key colour"

# No jobs at all, on two processors of which forestage.efi is to use one.
cp "$work/good.img" "$work/initramfs.img"
bundle_to_xen JOBS="$work/none" CONF="$(conf && echo single-processor=yes)"
snapshot='' # which has one
export QEMU_EXTRA="-smp 2"
ends_in_xen "no jobs" 1
check "nothing ran, and it is no pass" json '.complete and .verdict == "empty" and (.jobs | length) == 0'
check "single-processor=yes: none helped with the hashes" event '.event == "efi.bundle" and .helpers == 0'
finish_tests
