#!/bin/sh
# The main path: `make demo`'s script on the sample jobs, and a flipped bit anywhere in its region.
. tests/e2e/lib.sh

run=$(uuidgen)
region_mib=4 # of which each flipped bit below has all read
jobs=$(find samples/jobs -maxdepth 1 -name '*.conf' | wc -l)

demo() {
	OUT=$work RUN=$run COLLECT_OPTIONS=--raw CONF="$(conf)" scripts/demo.sh
}

job_lines() {
	for conf in samples/jobs/*.conf; do
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
flips() {
	"$BUILD/tests/region-flips" "$work/run/region.bin" 10000 >"$work/flips" || {
		cat "$work/flips"
		return 1
	}
}
check "10,000 flipped bits of this region, none silent" flips
sed 's/^/# said: /' "$work/flips"
finish_tests
