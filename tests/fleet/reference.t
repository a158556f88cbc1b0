#!/bin/sh
# The collection on three reference hosts in QEMU, which real Ansible reaches by SSH, on loopback only: each has firmware,
# GRUB, Xen and a whole dom0, with sshd besides, and goes through the stage. On one a job fails, of one the power goes in
# the stage, and one has a guest and is in a pool (of a stand-in for xe): first the play stops at that one, then it serves
# the others; with the guest gone, and nothing else wrong, all three pass. tests/fleet/site.t is that with stand-in hosts.
#
# No more than two machines are at work at a time: batches have two hosts, and a machine that waits is idle.
: "${LIMIT:=3600}" "${SMP:=1}"
export SMP
. tests/e2e/host/lib.sh
. tests/fleet/lib.sh
. tests/fleet/reference.sh
export LC_ALL=C.UTF-8 # as Ansible wants it

control=$(mktemp -d /tmp/fs-XXXXXX) # of ssh's sockets, whose names are short
ending() {
	power_off
	rm -rf "$control"
	finish
}
trap ending EXIT
verbose=yes

# The jobs of the site: one that passes, and one that fails where the stage's Linux is called so.
site_jobs() {
	jobs "$work/jobs" vecadd || return
	cat >"$work/jobs/called.conf" <<-'EOT'
		[Job]
		Type=program
		Description=Fails on a host that is called wrong

		[Program]
		Exec=sh called.sh
	EOT
	# shellcheck disable=SC2016 # of the stage
	echo '[ "$(cat /proc/sys/kernel/hostname)" != wrong ]' >"$work/jobs/called.sh"
}

# The inventory: the host with the guest comes first, and is the canary.
site_by_ssh() {
	settle
	for name in guest wrong cut; do
		printf '%s ansible_port=%s\n' "$name" "$(cat "$work/$name.port")" >>"$work/hosts"
	done
	cat >>"$work/hosts" <<-EOT
		[forestage:vars]
		ansible_host=127.0.0.1
		ansible_user=root
		ansible_ssh_private_key_file=$work/key
		ansible_python_interpreter=/usr/bin/python3.11
		ansible_ssh_common_args=-o UserKnownHostsFile=/dev/null -o ServerAliveInterval=30 -o ServerAliveCountMax=8
		[all:vars]
		forestage_results=$results
		forestage_jobs=$work/jobs
		forestage_boot_limit=$LIMIT
		forestage_ask_limit=300
	EOT
	export ANSIBLE_SSH_CONTROL_PATH_DIR="$control" ANSIBLE_TIMEOUT=120
}

# An absolute path, for Ansible, which goes elsewhere.
work=$(realpath "$work")
results=$work/results
site=$work/site

# pooled HOST: a member of a pool, with a guest; what its xapi knows lies in /etc/xe.state.
pooled() {
	uuid=$(new_uuid) master=$(new_uuid)
	on "$1" "mkdir -p /etc/xe.state && cd /etc/xe.state &&
		printf 'uuid=%s\tname-label=%s\tenabled=true\n' $master elsewhere $uuid $1 >hosts &&
		printf 'uuid=$(new_uuid)\tname-label=pool\tmaster=$master\tha-enabled=false\n' >pool &&
		printf 'uuid=$(new_uuid)\tname-label=web\tis-control-domain=false\tpower-state=running\tresident-on=$uuid\n' >vms &&
		printf '#!/bin/sh\nexec reboot\n' >on-reboot && chmod +x on-reboot &&
		echo \"INSTALLATION_UUID='$uuid'\" >/etc/xensource-inventory && sync"
}

three_hosts() {
	for name in guest wrong cut; do wakes "$name" || return 1; done
	pooled guest && on wrong "echo options=hostname=wrong >>/boot/efi/EFI/forestage/forestage.conf; sync"
}

# ansible-playbook ends with 2 where hosts have failed.
stops_at_the_guest() {
	play validate -e forestage_batch_size=2
	[ $? -eq 2 ] && grep -q '1 guests run on this host' "$work/said"
}

nobody_restarted() {
	for name in guest wrong cut; do
		on "$name" "forestage status --json" | jq -e '.state == "idle" and .order == null' || return 1
		[ "$(boots_on "$name")" -eq 0 ] || return 1
	done
}

# boots_on HOST: how often Linux was started by forestage.efi since its machine was switched on.
boots_on() {
	tr '\r' '\n' <"$work/$1.log" | grep -acE '^forestage: Linux' || :
}

serves_the_rest() {
	lose_power cut '^job.1.of' &
	power=$!
	play validate -e forestage_batch_size=2 -e forestage_stop_share=100
	code=$?
	wait "$power" && [ "$code" -eq 2 ]
}

# outcomes CAMPAIGN HOST:OUTCOME…
outcomes() {
	campaign=$1
	shift
	for pair; do
		[ "$(outcome_of "${pair%:*}" "$campaign")" = "${pair#*:}" ] || {
			echo "${pair%:*}: $(outcome_of "${pair%:*}" "$campaign")"
			return 1
		}
	done
}

reported() {
	play report -e forestage_report_command="$BUILD/dom0/forestage" || return 1
	jq -c '.hosts[]' "$results/site-validation.json"
	jq -e '[.hosts[] | {(.host): (.more // "")}] | add | .cut == "in the phase jobs" and (.guest | test("1 guests run"))' \
		"$results/site-validation.json" && grep -q '</html>' "$results/gpus-validation.html" &&
		jq -e '.runs == 1' "$results/gpus-validation.json"
}

failed_as_meant() {
	run=$results/wrong/$(jq -r .run_id "$results/wrong/campaigns/validation.json")
	tests/schema.py docs/run.schema.json "$run/run.json" &&
		jq -e '[.jobs[] | {(.job): .status}] | add == {"called": "fail", "vecadd": "pass"}' "$run/run.json" &&
		(cd "$run" && jq -r '.files[] | .sha256 + "  " + .path' run.json | sha256sum --quiet -c)
}

all_pass() {
	on guest 'rm /etc/xe.state/vms; sync' &&
		on wrong "sed -i /hostname=wrong/d /boot/efi/EFI/forestage/forestage.conf; sync" || return 1
	play validate -e forestage_campaign=again -e forestage_batch_size=2 -e forestage_canaries=0
}

# Its xapi was asked to restart it, once; and the host takes guests again.
back_in_its_pool() {
	on guest 'cat /etc/xe.state/log /etc/xe.state/hosts; ls /var/lib/forestage/fleet' >"$work/pool" || return 1
	cat "$work/pool"
	[ "$(grep -c '^xe host-reboot host=' "$work/pool")" -eq 1 ] && grep -q 'guest.*enabled=true' "$work/pool" &&
		! grep -q away "$work/pool"
}

again_nothing() {
	play validate -e forestage_campaign=again && [ "$(recap changed)" -eq 0 ]
}

begun=$(date +%s)
set_up "a host with sshd" equipped
set_up "a host that has come up" booted
set_up "the site's jobs" site_jobs
set_up "three hosts" three_hosts
site_by_ssh
echo "# three hosts after $(($(date +%s) - begun)) s"
check "the canary has a guest: the play stops" stops_at_the_guest
check "and nobody was restarted" nobody_restarted
check "where nothing stops it, it ends as a failure, and the power of one host goes on the way" serves_the_rest
check "each host has its outcome" outcomes validation guest:null wrong:fail cut:lost
check "the job that failed is the one that was to fail" failed_as_meant
check "report.yml says what has become of each, and makes the page" reported
check "with nothing wrong all pass" all_pass
check "each of them" outcomes again guest:pass wrong:pass cut:pass
check "the pool has restarted its host, which takes guests again" back_in_its_pool
check "a second run changes nothing" again_nothing
echo "# all of it: $(($(date +%s) - begun)) s"
finish_tests
