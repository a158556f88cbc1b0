#!/bin/sh
# The collection on five stand-in hosts, with Ansible, the project's own forestage, and the real runner on the interpreter:
# one passes, one has a GPU that computes wrongly, one is reset in the stage, and two are a pool, of which the master has a
# guest: it is refused, and moved when that is asked for. The member is so slow that it goes down while it is asked.
# tests/fleet/hosts.t has 200, and kills the play.
set -u
export LC_ALL=C.UTF-8

: "${BUILD:=build}"
work=$(mktemp -d /tmp/ff-XXXXXX)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

. tests/tap.sh
needs "$BUILD/tests/dom0-host" "$BUILD/tests/stage-seal" "$BUILD/runner/forestage-run" "$BUILD/rehearsal/libcuda.so.1"
. tests/fleet/lib.sh

five_hosts() {
	settle && template debian && template xenserver || return 1
	host good debian
	host wrong debian fail
	host reset debian lost
	host master xenserver
	host member xenserver
	pool one master member
	guest master
	echo 1 >"$site/member/slow"
	jobs "$work/jobs" vecadd || return
	site_ready
}

untouched() {
	[ "$(cat "$site"/*/runs-started "$site"/*/boots "$site"/*/var/lib/forestage/fleet/*.json 2>/dev/null | wc -l)" -eq 0 ] &&
		[ ! -e "$results/good" ]
}

changes_nothing_with_check() {
	play validate --check -e forestage_canaries=0 -e forestage_stop_share=100 || :
	grep -q '1 guests run on this host' "$work/said" && untouched
}

# It ends with 2, Ansible's word for hosts that have failed.
first_run() {
	play validate -e forestage_canaries=0 -e forestage_stop_share=100 -e forestage_guests=evacuate
	[ $? -eq 2 ]
}

outcomes() {
	for pair in good:pass wrong:fail reset:lost member:pass master:pass; do
		[ "$(outcome_of "${pair%:*}")" = "${pair#*:}" ] || { echo "${pair%:*}: $(outcome_of "${pair%:*}")"; return 1; }
	done
}

once_each() {
	for name in good wrong reset member master; do
		[ "$(runs_of "$name")" -eq 1 ] || { echo "$name: $(runs_of "$name")"; return 1; }
	done
}

fetched() {
	for name in good wrong member master; do
		run=$(jq -r .run_id "$results/$name/campaigns/validation.json")
		tests/schema.py docs/run.schema.json "$results/$name/$run/run.json" || return 1
		(cd "$results/$name/$run" && jq -r '.files[] | .sha256 + "  " + .path' run.json | sha256sum --quiet -c) || return 1
		[ -z "$(find "$results/$name" -name '.*' ! -name .)" ] || return 1
	done
}

in_service() {
	! grep -q 'enabled=false' "$work/pool-one/hosts" && ! ls "$site"/*/var/lib/forestage/fleet/away.json 2>/dev/null
}

told() {
	jq -e '.hosts[] | select(.host == "reset") | .more == "in the phase jobs"' "$results/site-validation.json"
}

# Behind the member, to which its guest has gone.
master_last() {
	grep -q "resident-on=$(uuid_of member)" "$work/pool-one/vms" &&
		[ "$(sort -n "$site/member/boots" "$site/master/boots" | head -n 1)" = "$(head -n 1 "$site/member/boots")" ]
}

second_run() {
	find "$site" -type f ! -name xe.state ! -path '*/run/*' ! -name lock ! -name log -exec sha256sum {} + | sort >"$work/before"
	play validate -e forestage_must_pass=false -e forestage_guests=evacuate || return 1
	find "$site" -type f ! -name xe.state ! -path '*/run/*' ! -name lock ! -name log -exec sha256sum {} + | sort >"$work/after"
	[ "$(recap changed)" -eq 0 ] && diff "$work/before" "$work/after"
}

set_up "five hosts" five_hosts
check "--check counts the guest, and touches nothing" changes_nothing_with_check
check "a run over the site ends as a failure" first_run
check "each host has its own outcome" outcomes
check "each has run once" once_each
check "what they have left is here, whole and as its schema says" fetched
check "all hosts are in service again" in_service
check "the phase of a lost run is told" told
check "the master went last, and its guest to the member" master_last
check "a second run changes nothing" second_run
plan
