#!/bin/sh
# What may become of a stand-in host, and when a play stops: of twelve in batches of four one is not started in the first
# batch, which is borne; in the second the power of one is gone, another does not even go down, and of a third somebody
# calls the order off, which is too many, so the third batch is left alone. report.yml says of each where it was last
# seen, and once the first has power again, in which phase its run ended.
set -u
export LC_ALL=C.UTF-8

: "${BUILD:=build}"
BOOT_LIMIT=${BOOT_LIMIT:-90}
work=$(mktemp -d /tmp/ff-XXXXXX)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

. tests/tap.sh
needs "$BUILD/tests/dom0-host" "$BUILD/tests/stage-seal" "$BUILD/runner/forestage-run" "$BUILD/rehearsal/libcuda.so.1" \
	"$BUILD/dom0/forestage"
. tests/fleet/lib.sh

twelve_hosts() {
	settle && template debian || return 1
	for batch in a b c; do
		for number in 1 2 3 4; do
			case $batch$number in a2) fate=unstarted ;; b1) fate=gone ;; b2) fate=stuck ;; b3) fate=disarmed ;; *) fate=pass ;; esac
			host "$batch$number" debian "$fate"
		done
	done
	jobs "$work/jobs" vecadd || return
	site_ready
	echo forestage_quick=yes >>"$work/hosts"
}

batches="-e forestage_batch_size=4 -e forestage_canaries=0"

stops_in_time() {
	# shellcheck disable=SC2086 # words
	play validate $batches -e forestage_stop_share=30
	[ $? -eq 2 ]
}

# outcomes HOST:OUTCOME…
outcomes() {
	for pair; do
		[ "$(outcome_of "${pair%:*}")" = "${pair#*:}" ] || { echo "${pair%:*}: $(outcome_of "${pair%:*}")"; return 1; }
	done
}

untouched() {
	! cat "$site"/c?/runs-started "$site"/c?/boots "$site"/c?/var/lib/forestage/fleet/*.json 2>/dev/null
}

# more_of HOST: what the table says of it.
more_of() {
	jq -r --arg host "$1" '.hosts[] | select(.host == $host) | .more' "$results/site-validation.json" | tee -a /dev/stderr
}

reported() {
	cat "$site"/*/boots >"$work/boots"
	play report -e forestage_report_command="$BUILD/dom0/forestage" || return 1
	cat "$site"/*/boots | cmp - "$work/boots" &&
		more_of b1 | grep -q 'not come back within .*last seen as it was asked to restart for run .*the host is down' &&
		more_of b2 | grep -q 'not come back within .*last seen as it was asked to restart for run .*its state is armed' &&
		more_of b3 | grep -q 'b3 has no order of this campaign any more, and was not restarted' &&
		grep -q '</html>' "$results/gpus-validation.html" && jq -e '.runs == 4' "$results/gpus-validation.json"
}

called_off() {
	[ "$(ROOT=$site/a2 "$BUILD/tests/dom0-host" status --json | jq -r .order)" = null ] && [ "$(runs_of a2)" -eq 0 ]
}

# It comes up without anybody's doing, as after a power failure; its order is used up.
power_is_back() {
	ROOT=$site/b1 "$site/b1/programs/firmware" >/dev/null 2>&1 || return 1
	play report && outcomes b1:lost && more_of b1 | grep -qx 'in the phase jobs'
}

goes_on() {
	echo pass >"$site/b2/fate"
	echo pass >"$site/b3/fate"
	# shellcheck disable=SC2086
	play validate $batches -e forestage_must_pass=false || return 1
	outcomes a2:not-started b1:lost b2:pass b3:pass c1:pass c2:pass c3:pass c4:pass || return 1
	for root in "$site"/*; do
		[ "${root##*/}" = a2 ] || [ "$(runs_of "${root##*/}")" -eq 1 ] || { echo "$root has run more than once"; return 1; }
	done
}

set_up "twelve hosts" twelve_hosts
check "two of four are too many, one is not: it stops behind the second batch" stops_in_time
check "all others of these batches have come to their end" outcomes a1:pass a2:not-started a3:pass a4:pass b1:null b2:null \
	b3:null b4:pass
check "the third batch was left alone" untouched
check "report.yml names each with where it was last seen, makes the page, and restarts nobody" reported
check "the order that nobody started is called off" called_off
check "once it has power again, the phase is told in which its run ended" power_is_back
check "started again, it goes on with the rest, and none has run twice" goes_on
plan
