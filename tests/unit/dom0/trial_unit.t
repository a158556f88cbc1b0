#!/bin/sh
# The unit of a trial: in any other boot it is nothing; it is brought by the collecting service and works behind it; it is
# closed as far as what loads a driver and runs jobs can be; and in a package with what it needs.
set -u
export LC_ALL=C

UNIT=dom0/forestage-trial.service
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

. tests/tap.sh
. tests/unit/dom0/units.sh

as_219 "$UNIT" >"$work/forestage-trial.service"

# both LINE…: each stands in the unit, and in what systemd 219 reads of it.
both() {
	for line; do
		for file in "$UNIT" "$work/forestage-trial.service"; do
			grep -qxF "$line" "$file" || { echo "no $line in $file"; return 1; }
		done
	done
}

of_its_boot() {
	both ConditionKernelCommandLine=forestage.trial 'ExecStart=/usr/sbin/forestage trial run' Type=oneshot \
		RemainAfterExit=yes && ! grep '^\[Install\]' "$UNIT"
}

behind_collecting() {
	setting After | tr ' ' '\n' | grep -qx forestage-collect.service || return 1
	sed -n 's/^Wants=//p' dom0/forestage-collect.service | tr ' ' '\n' | grep -qx forestage-trial.service
}

# The net is Xen's watchdog: systemd must neither end a trial nor start it again.
not_hurried() {
	both TimeoutStartSec=0 && ! setting Restart | grep . && ! setting WatchdogSec | grep .
}

# What loads a driver, makes its nodes, says where its firmware is, asks Xen and runs jobs cannot do without these.
stays_open() {
	for name in PrivateDevices ProtectKernelModules ProtectKernelTunables ProtectClock MemoryDenyWriteExecute DeviceAllow \
		DevicePolicy LimitAS MemoryMax; do
		! setting $name | grep . || { echo "$name is set"; return 1; }
	done
	for capability in CAP_SYS_MODULE CAP_MKNOD CAP_SYS_ADMIN CAP_SYS_RAWIO CAP_IPC_LOCK CAP_DAC_OVERRIDE CAP_KILL; do
		! setting CapabilityBoundingSet | grep -qw "$capability" || { echo "$capability is taken away"; return 1; }
	done
	for call in finit_module init_module delete_module mount umount2 ioctl mlock mknod; do
		! setting SystemCallFilter | tr -s ' ~' '\n' | grep -qxE "$call|@module|@mount|@privileged" || { echo "$call is forbidden"; return 1; }
	done
	! setting SystemCallFilter | grep -v '^~'
}

# It arms the next trial of --all, as arm does by hand.
may_write() {
	for folder in /var/lib/forestage /run/forestage /boot/efi /efi /boot; do
		setting ReadWriteDirectories | tr ' ' '\n' | grep -qxF -- "-$folder" || { echo "not $folder"; return 1; }
	done
}

is_closed() {
	command -v systemd-analyze >/dev/null || return 0
	today=$(exposure "$UNIT") old=$(exposure "$work/forestage-trial.service")
	echo "$today today, $old with what 219 knows"
	at_most 6.0 "$today" && at_most 7.0 "$old"
}

# The rpm and the deb have both units' names in one list; what answers for the driver is in both.
in_packages() {
	grep -q 'trial.service' scripts/dist/dist.sh && grep -q 'forestage-trial.service$' scripts/dist/forestage.spec &&
		grep -q 'usr/lib/forestage/forestage-cached.so$' scripts/dist/forestage.spec &&
		grep -q '^#define SHIM *"/usr/lib/forestage/forestage-cached.so"$' dom0/trial/attempt.c
}

check "nothing in another boot" of_its_boot
check "brought by the collecting service, and behind it" behind_collecting
check "Xen's watchdog is its limit" not_hurried
check "what its work needs is open" stays_open
check "it may write what it has to" may_write
check "the rest is closed" is_closed
check "in the packages, with what it preloads" in_packages
plan
