# A site of stand-in hosts, and Ansible on it; sourced. $work is the test's own folder, short: a host's has 63 letters.
# shellcheck shell=sh
: "${work:?}" "${BUILD:?}"
tree=$PWD
BUILD=$(realpath "$BUILD")
site=$work/site
results=$work/results
export BUILD BOOT_S="${BOOT_S:-0.3}"

# new_uuid: a random one.
new_uuid() {
	cat /proc/sys/kernel/random/uuid
}

# template FLAVOUR: a host with Forestage installed, that can be copied.
template() {
	folder=$("$BUILD/tests/dom0-host" make "$1") || return 1
	mv "$folder" "$work/$1"
	cp tests/fleet/stand-in/* "$work/$1/programs/"
	[ "$1" = debian ] || echo "root=LABEL=root-abcdef ro nolvm hpet=disable console=hvc0 console=tty0 quiet vga=785 splash" \
		>"$work/$1/cmdline"
	cp "$work/$1/cmdline" "$work/$1/cmdline.normal"
	printf '00001000-003fffff : System RAM\n00400000-007fffff : Reserved\n' >"$work/$1/iomem"
	conf=$work/$1/boot/efi/EFI/forestage/forestage.conf
	sed -i '/^deadline=/d' "$conf" && echo deadline=30 >>"$conf" # that a host is given up soon
	rm -rf "$work/$1/etc/forestage/jobs"
}

# host NAME FLAVOUR [FATE]: one of the site; every other one has no service that collects at boot.
made_hosts=0
host() {
	root=$site/$1
	cp -a "$work/$2" "$root"
	# what install noted has the name of the folder that the host was made in
	sed -i "s|/tmp/forestage-test-[A-Za-z0-9]*|$root|g" "$root/var/lib/forestage/backup/journal.json"
	new_uuid >"$root/boot_id"
	echo "${3:-pass}" >"$root/fate"
	made_hosts=$((made_hosts + 1))
	[ $((made_hosts % 2)) -eq 0 ] || : >"$root/no-service"
	# a module's file that begins with #!/bin/sh finds `reboot` by PATH, ahead of the machine's own
	printf '%s forestage_root=%s\n' "$1" "$root" >>"$work/hosts"
}

# pool NAME MASTER MEMBER…: hosts of xcp-ng's flavour that are there share one xapi.
pool() {
	state=$work/pool-$1
	mkdir -p "$state"
	shift
	: >"$state/hosts"
	: >"$state/vms"
	master=
	for name; do
		uuid=$(new_uuid)
		[ -n "$master" ] || master=$uuid
		printf 'uuid=%s\tname-label=%s\tenabled=true\n' "$uuid" "$name" >>"$state/hosts"
		echo "INSTALLATION_UUID='$uuid'" >"$site/$name/etc/xensource-inventory"
		cp "$tree/tests/standins/xe" "$site/$name/programs/xe"
		ln -sfn "$state" "$site/$name/programs/xe.state"
	done
	printf 'uuid=%s\tname-label=pool\tmaster=%s\tha-enabled=true\n' "$(new_uuid)" "$master" >"$state/pool"
	# shellcheck disable=SC2016 # of the host that is restarted
	printf '#!/bin/sh\nexec "$ROOT/programs/reboot"\n' >"$state/on-reboot"
	chmod +x "$state/on-reboot"
}

uuid_of() {
	sed -n "s/^INSTALLATION_UUID='\(.*\)'/\1/p" "$site/$1/etc/xensource-inventory"
}

# guest HOST: one that runs there.
guest() {
	printf 'uuid=%s\tname-label=web\tis-control-domain=false\tpower-state=running\tresident-on=%s\n' \
		"$(new_uuid)" "$(uuid_of "$1")" >>"$site/$1/programs/xe.state/vms"
}

# jobs FOLDER NAME…: jobs that add two vectors.
jobs() {
	folder=$1
	shift
	mkdir -p "$folder/data"
	cp samples/jobs/vecadd.ptx "$folder/" && cp samples/jobs/data/vecadd-*.bin "$folder/data/" || return
	for name; do cp samples/jobs/vecadd.conf "$folder/$name.conf" || return; done
}

# settle: Ansible's settings, the collection where it is looked for, and the variables of a site.
settle() {
	mkdir -p "$site" "$work/collections/ansible_collections/forestage" "$results"
	ln -sfn "$tree/fleet" "$work/collections/ansible_collections/forestage/fleet"
	{
		echo '[forestage]'
	} >"$work/hosts"
	cat >"$work/ansible.cfg" <<-EOT
		[defaults]
		collections_path = $work/collections
		connection_plugins = $tree/tests/fleet/plugins
		inventory = $work/hosts
		forks = ${FORKS:-8}
		host_key_checking = False
		retry_files_enabled = False
		local_tmp = $work/tmp
		remote_tmp = $work/tmp
		stdout_callback = default
		interpreter_python = /usr/bin/python3
		localhost_warning = False
		# as docs/fleet.md says for large sites
		precedence = all_inventory, groups_inventory
		internal_poll_interval = 0.02
		[ssh_connection]
		pipelining = True
	EOT
	export ANSIBLE_CONFIG="$work/ansible.cfg" ANSIBLE_NOCOLOR=1 ANSIBLE_NOCOWS=1 ANSIBLE_PIPELINING=1
	export ANSIBLE_HOME="$work/ansible" PYTHONDONTWRITEBYTECODE=1
}

# site_ready: the variables, once all hosts are there.
site_ready() {
	cat >>"$work/hosts" <<-EOT
		[forestage:vars]
		ansible_connection=folder
		ansible_python_interpreter=/usr/bin/python3
		forestage_command={{ forestage_root }}/programs/forestage
		forestage_state_dir={{ forestage_root }}/var/lib/forestage/fleet
		forestage_runs_dir={{ forestage_root }}/var/lib/forestage/runs
		forestage_boot_id={{ forestage_root }}/boot_id
		forestage_inventory={{ forestage_root }}/etc/xensource-inventory
		forestage_environment={"ROOT": "{{ forestage_root }}", "BUILD": "$BUILD", "BOOT_S": "$BOOT_S", "PATH": "{{ forestage_root }}/programs:/usr/sbin:/usr/bin:/sbin:/bin"}
		[all:vars]
		forestage_results=$results
		forestage_jobs=$work/jobs
		forestage_interval=2
		forestage_reboot_delay=0.1
		forestage_boot_limit=${BOOT_LIMIT:-20}
		forestage_ask_limit=1
		forestage_xapi_patience=10
	EOT
}

# play NAME WORDS…: a playbook of the collection; what it says is in $work/said, its exit code is returned.
play() {
	name=$1
	shift
	ansible-playbook "forestage.fleet.$name" "$@" >"$work/said" 2>&1
	code=$?
	cat "$work/said"
	return $code
}

# recap FIELD: the sum of it over all hosts of the last play, as "changed".
recap() {
	sed -n '/^PLAY RECAP/,$p' "$work/said" | grep -o "$1=[0-9]*" | cut -d= -f2 | paste -sd+ | bc
}

# runs_of HOST: how many runs its firmware has started.
runs_of() {
	if [ -e "$site/$1/runs-started" ]; then wc -l <"$site/$1/runs-started"; else echo 0; fi
}

# outcome_of HOST [CAMPAIGN]: as the control machine has noted it.
outcome_of() {
	jq -r '.outcome' "$results/$1/campaigns/${2:-validation}.json" 2>/dev/null || echo none
}
