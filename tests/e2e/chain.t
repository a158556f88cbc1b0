#!/bin/sh
# The main path: `make demo`'s script on the sample jobs and a program, which has to find the same around it as on this
# machine; programs in Python, which the image has; and a flipped bit anywhere in the region.
. tests/e2e/lib.sh
needs "$BUILD/tests/environment"
set_up "no Python" scripts/parts.sh python

run=$(uuidgen)
stage_options=
region_mib=4 # of which each flipped bit below has all read
mkdir "$work/jobs"
cp -r samples/jobs/. "$work/jobs"
tests/e2e/surroundings.sh jobs "$work/jobs"
cp samples/programs/add.* tests/e2e/jobs/python.* "$work/jobs"
jobs=$(find "$work/jobs" -maxdepth 1 -name '*.conf' | wc -l)

demo() {
	JOBS=$work/jobs OUT=$work RUN=$run COLLECT_OPTIONS=--raw CONF="$(conf)" PYTHON=yes LIMIT=600 LEVEL=3 MEM=2G \
		scripts/demo.sh
}

job_lines() {
	for conf in "$work"/jobs/*.conf; do
		grep -qE "$(basename "$conf" .conf) .*pass" "$work/console" || return 1
	done
}

check "the demo ends with exit code 0" demo
tr -d '\r' <"$work/serial.log" >"$work/console"
tell_machine
tell_record
check "forestage.efi, Linux, jobs, kexec, Xen, dom0 and the summary come in order" in_order \
	"^forestage .*order for run $run" "^forestage: Linux .*run $run" "vecadd.*pass" \
	"^forestage: sealed" "^forestage: kexec: starting Xen" "Xen version 4" "^dom0: Linux .* under xen" \
	"Verdict: *PASS" "handed over"
check "every job is on the console" job_lines
check "without debug=yes, no step is" not console_has "forestage: debug:"
check "run.json follows its schema" tests/schema.py docs/run.schema.json "$work/run/run.json"
check "run.json names the order's run" json ".run_id == \"$run\""
check "the verdict is a pass" json '.verdict == "pass" and .exit_code == 0 and .complete'
check "every sample job passed" json "(.jobs | length) == $jobs and ([.jobs[].status] | all(. == \"pass\"))"
check "it is marked as a rehearsal" json '.rehearsal == true and ([.jobs[].rehearsal] | all)'
check "it says that a hypervisor was there" json '.where.hypervisor == true'
check "the phases have times" json '.phases | (.efi_s > 0 and .linux_s > 0 and .jobs_s > 0)'
check "without a display, Xen is told of no screen, and the record says why" event '.event == "stage.kexec_load" and
	.no_screen == "the firmware gives no frame buffer"'
check "dom0 collected under Xen" json '.collected.hypervisor == "xen"'
check "status lists what is different in this dom0" jq -e '.state == "collected" and .different ==
	["efi_variables", "smbios", "dmi_quirks", "command_line", "screen"]' "$work/status.json"
check "the kernel's log came along" grep -q "Linux version" "$work/run/stage/kernel.log"
# What the image says that it holds, and what is in it.
says_what_it_holds() {
	"$BUILD/dom0/forestage" check "$work/jobs" --image "$work" >"$work/check.txt" || { cat "$work/check.txt"; return 1; }
	grep -q 'driver rehearsal, CUDA 12.4, PTX up to 8.4$' "$work/check.txt" || return 1
	sed -n "s|^file=|$work/initramfs.img.root|p" "$work/initramfs.img.image" >"$work/holds.txt"
	grep -qx "applet=ls" "$work/initramfs.img.image" || return 1
	grep -q "^version=/lib/x86_64-linux-gnu/libc.so.6 GLIBC_2.34$" "$work/initramfs.img.image" || return 1
	grep -qx "$work/initramfs.img.root/bin/sh" "$work/holds.txt" && xargs ls -d <"$work/holds.txt" >/dev/null
}
check "the image says what it holds, and check finds that the jobs can have it" says_what_it_holds
python_of_the_image() {
	jq -e '.executable == "/usr/bin/python3" and .prefix == "/usr" and .encoding == "utf-8"' \
		"$work/run/jobs/python/0/modules.json" >"$work/python" || { cat "$work/run/jobs/python/0/"*; return 1; }
}
check "Python ran a kernel through ctypes, and compared what it left" grep -qx "10000 sums, 0 of them wrong" \
	"$work/run/jobs/add/0/stdout"
check "it is the image's, and has its own modules" python_of_the_image
# What the program has printed in the stage, and here.
surroundings() {
	mkdir "$work/here"
	tests/e2e/surroundings.sh run "$work/here" || return 1
	tests/e2e/surroundings.sh plain "$work/here/stdout" >"$work/here.txt"
	tests/e2e/surroundings.sh plain "$work/run/jobs/environment/0/stdout" >"$work/stage.txt"
	diff "$work/here.txt" "$work/stage.txt"
}
check "a program finds the same around it as on this machine: environment, folder, mask, locale, limits" surroundings
check "all of it was printed" grep -qx "locale C.UTF-8, UTF-8" "$work/stage.txt"
check "and libcuda where the stage has it" grep -qx "LD_LIBRARY_PATH=/usr/lib/forestage" \
	"$work/run/jobs/environment/0/stdout"
bits=2000
[ "${LONG:-no}" != yes ] || bits=10000
flips() {
	"$BUILD/tests/region-flips" "$work/run/region.bin" "$bits" >"$work/flips" || {
		cat "$work/flips"
		return 1
	}
}
check "flipped bits of this region, none silent" flips
sed 's/^/# said: /' "$work/flips"
finish_tests
