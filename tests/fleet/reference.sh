# Reference hosts that Ansible reaches by SSH on this machine's loopback; sourced behind tests/e2e/host/lib.sh.
# shellcheck shell=sh
: "${work:?}" "${BUILD:?}" "${host:?}" "${disk:?}" "${steps:?}"

# What a reference host has not: sshd, as much of Python as Ansible's modules want, and a driver for QEMU's network card.
ssh_packages="openssh-server openssh-sftp-server libwrap0 libgssapi-krb5-2 libkrb5-3 libkrb5support0 libk5crypto3
	libkeyutils1 libnsl2 libtirpc3 libssl3 python3.11-minimal libpython3.11-minimal libpython3.11-stdlib libexpat1 libffi8"

# put_over: a folder to be laid over the root file system, and this machine's key, $work/key.
put_over() {
	release=$(basename "$(echo "$BUILD"/host/root-*/lib/modules/*)")
	# shellcheck disable=SC2086 # words
	scripts/fetch.sh bookworm "$BUILD/host/ssh" $ssh_packages &&
		scripts/fetch.sh bookworm "$BUILD/host/headers-$release" "modules:linux-image-$release" || return
	over=$work/over
	mkdir -p "$over"
	(cd "$BUILD/host/ssh" && tar c --exclude=./usr/share --exclude='./.[a-z]*' .) | tar x -C "$over"
	mkdir -p "$over/etc/ssh" "$over/etc/systemd/network" "$over/etc/systemd/system" "$over/etc/modules-load.d" \
		"$over/etc/xl.state" "$over/usr/bin" "$over/usr/sbin" "$over/usr/lib/modules/$release/updates"
	install -d -m 700 "$over/root" "$over/root/.ssh"
	cp "$BUILD/host/headers-$release"/lib/modules/*/kernel/drivers/net/ethernet/intel/e1000/e1000.ko \
		"$over/usr/lib/modules/$release/updates/"
	echo e1000 >"$over/etc/modules-load.d/network.conf"
	printf '[Match]\nName=e*\n[Network]\nAddress=10.0.2.15/24\n' >"$over/etc/systemd/network/card.network"
	cp tests/standins/xl "$over/usr/sbin/xl"
	cp tests/standins/xe "$over/usr/bin/xe"
	ssh-keygen -q -t ed25519 -N '' -f "$over/etc/ssh/ssh_host_ed25519_key" &&
		ssh-keygen -q -t ed25519 -N '' -f "$work/key" || return
	install -m 600 "$work/key.pub" "$over/root/.ssh/authorized_keys"
	printf '%s\n' 'HostKey /etc/ssh/ssh_host_ed25519_key' 'PermitRootLogin prohibit-password' 'PasswordAuthentication no' \
		'UsePAM no' 'Subsystem sftp /usr/lib/openssh/sftp-server' >"$over/etc/ssh/sshd_config"
	cat >"$over/etc/systemd/system/sshd.service" <<-EOT
		[Unit]
		After=network.target
		[Service]
		RuntimeDirectory=sshd
		ExecStart=/usr/sbin/sshd -D -e
		[Install]
		WantedBy=multi-user.target
	EOT
	tar c --owner=0 --group=0 -C "$over" . >"$work/payload/over.tar"
}

# equipped: the host with all that, and Forestage, as its disk and variables are then. Its steps are over.
equipped() {
	cat >"$work/equip" <<-'EOT'
		. /steps/common.sh
		set -e
		tar xf /steps/over.tar -C / --no-same-owner --keep-directory-symlink
		depmod -a
		useradd -r -d /run/sshd -s /usr/sbin/nologin sshd
		systemctl enable systemd-networkd sshd
		systemctl set-default multi-user.target
		dpkg -i /steps/forestage.deb
		forestage install --bundle /steps/image --method firmware --yes
		sed -i s,^countdown=.*,countdown=0, /boot/efi/EFI/forestage/forestage.conf
		cat /boot/efi/EFI/forestage/forestage.conf
		mkdir -p /run/sshd
		sshd -t
		# what modules import, compiled once: that takes minutes here
		python3.11 -c "import base64, ctypes, datetime, fcntl, hashlib, json, locale, logging, platform, runpy, selectors, shlex, shutil, subprocess, tarfile, tempfile, uuid, zipfile"
	EOT
	fresh_host
	payload
	put_over || return
	prepare_steps "$work/equip"
	root=$(echo "$BUILD"/host/root-*)
	root_id=$(awk '$6 == "/" { print $5 }' tests/e2e/host/debian/partitions)
	DISK=$disk STEPS=$steps VARS=$work/vars.fd machine_start "$work/serial.log" -kernel "$(echo "$root"/boot/vmlinuz-*)" \
		-initrd "$(echo "$root"/boot/initrd.img-*)" -append "root=UUID=$root_id ro console=ttyS0,115200 quiet" &&
		machine_wait "$LIMIT" || return
	took
	step_ended 1 0 && mv "$disk" "$work/equipped.qcow2" && mv "$work/vars.fd" "$work/equipped.fd"
}

free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# power_on HOST [QEMU ARGUMENT…]: its machine; $work/HOST.pid is its process, $work/HOST.log its console since then.
power_on() {
	powered=$1
	shift
	DISK=$work/$powered.qcow2 STEPS=$work/$powered.steps VARS=$work/$powered.fd machine_start "$work/$powered.log" \
		-netdev "user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:$(cat "$work/$powered.port")-:22" \
		-device e1000,netdev=net,romfile= -global migration.store-global-state=off -qmp "unix:$work/$powered.qmp,server=on,wait=off" "$@"
	echo "$machine" >"$work/$powered.pid"
}

# power_off: of all hosts.
power_off() {
	for file in "$work"/*.pid; do
		[ ! -f "$file" ] || kill -9 "$(cat "$file")" 2>/dev/null
	done
}

# another HOST [FROM]: a machine that is to be; it has what that one has, the equipped one or the booted one.
another() {
	from=$work/${2:-booted}
	qemu-img create -q -f qcow2 -F qcow2 -b "$(realpath "$from.qcow2")" "$work/$1.qcow2" &&
		cp "$from.fd" "$work/$1.fd" && cp "$from.steps" "$work/$1.steps" && free_port >"$work/$1.port"
}

# booted: a machine that has come up to sshd, kept in $work/booted.*; wakes HOST goes on from there.
booted() {
	truncate -s 1M "$work/equipped.steps"
	another booted equipped && power_on booted && answers booted && on booted sync || return
	python3 - "$work/booted" <<-'EOT' || return
		import sys, time
		sys.dont_write_bytecode = True
		sys.path.insert(0, "tests")
		from monitor import Monitor
		monitor = Monitor(sys.argv[1] + ".qmp")
		monitor.ask("stop")
		monitor.ask("migrate-set-parameters", **{"max-bandwidth": 1 << 40})
		monitor.ask("migrate", uri=f"exec:cat>{sys.argv[1]}.state")
		while (state := monitor.ask("query-migrate"))["status"] != "completed":
		    if state["status"] == "failed":
		        sys.exit(f"no snapshot: {state}")
		    time.sleep(0.2)
		monitor.ask("quit")
	EOT
	machine_wait 60
	rm "$work/booted.pid"
}

# wakes HOST: a machine that goes on from the booted one.
wakes() {
	another "$1" && power_on "$1" -incoming "exec:cat<$work/booted.state" && answers "$1"
}

# on HOST COMMAND…: by SSH.
on() {
	to=$1
	shift
	ssh -n -q -i "$work/key" -p "$(cat "$work/$to.port")" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o ConnectTimeout=60 -o BatchMode=yes root@127.0.0.1 "$@"
}

# answers HOST: once its sshd does; at most $LIMIT seconds.
answers() {
	waiting_since=$(date +%s)
	until on "$1" true; do
		kill -0 "$(cat "$work/$1.pid")" && [ $(($(date +%s) - waiting_since)) -lt "$LIMIT" ] || return 1
		sleep 2
	done
	echo "$1 answers after $(($(date +%s) - waiting_since)) s"
}

# lose_power HOST PATTERN: once that is on its console, the power goes; then it is switched on again.
lose_power() {
	# shellcheck disable=SC2034 # of machine.sh
	machine=$(cat "$work/$1.pid") machine_log=$work/$1.log
	machine_cut_at "$2" "$LIMIT" && mv "$work/$1.log" "$work/$1-cut.log" && power_on "$1"
}
