# What steps in dom0 share; sourced there.
# shellcheck shell=sh

# snapshot NAME: all that a boot depends on: ESP, GRUB's files, boot entries.
snapshot() {
	{
		(cd /boot/efi && find . | sort)
		(cd /boot/efi && find . -type f | sort | xargs -r -d '\n' sha256sum)
		find /boot/grub /etc/grub.d /etc/default/grub* -type f 2>/dev/null | sort | xargs sha256sum
		efibootmgr -v | grep -v '^BootCurrent'
	} >"/steps/$1"
}

# settings NAME: the host's own configuration and /boot: every name, its kind, mode and owner, and each file's contents.
settings() {
	{
		find /etc /boot -xdev -printf '%p %y %m %u:%g %l\n' | sort
		find /etc /boot -xdev -type f | sort | xargs -r -d '\n' sha256sum
	} >"/steps/$1.settings"
}

# What the host does in its own way: get_forestage from the package, which fails when that is not what brought the
# command; drop_forestage; before_arm, after_arm and after_run of life.t.
# shellcheck source=tests/e2e/host/debian/steps.sh
. /steps/host.sh

# look NAME: where the host stands, for the test to read.
look() {
	cat /proc/cmdline /sys/hypervisor/type /sys/hypervisor/version/* >"/steps/$1.system"
	systemctl is-system-running >>"/steps/$1.system" || :
	journalctl -b --no-pager -u forestage-collect.service >"/steps/$1.journal" 2>&1 || :
	systemctl show -p ActiveState -p Result -p ExecMainStatus forestage-collect.service \
		>"/steps/$1.service"
	forestage status
	forestage status --json >"/steps/$1.json"
}
