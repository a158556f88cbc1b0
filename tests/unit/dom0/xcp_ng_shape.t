#!/bin/sh
# The reference host of XCP-ng's shape (tests/e2e/host/xcp-ng/) against what XCP-ng's own tools have written
# (tests/unit/dom0/grub/): its grub.cfg is that of an installation over a serial line, with the lines that setNextBoot
# adds; and its files name the same partitions.
set -u
export LC_ALL=C

host=tests/e2e/host/xcp-ng
cases=tests/unit/dom0/grub
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

. tests/tap.sh

# plain FILE: without what each host has of its own: label, memory, versions; and without setNextBoot's lines.
plain() {
	sed -E 's/root-[a-z]{6}/root-LABEL/g; s/dom0_mem=[0-9]+M,max:[0-9]+M/dom0_mem=MEMORY/
		s/Xen [^ ]+ \/ Linux [^)]+\)/Xen VERSION)/
		/^if /,/^fi$/d; /^$/d; /^\t(unset|save_env) override_entry$/d' "$1"
}

# added FILE: setNextBoot's lines, a word for each place that they stand at.
added() {
	sed -n '/^if /,/^fi$/p; /^\t\(unset\|save_env\) override_entry$/p' "$1"
}

same() {
	"$1" "$2" >"$work/theirs"
	[ -s "$work/theirs" ] && "$1" "$3" | diff "$work/theirs" -
}

not() {
	! "$@"
}

check "grub.cfg: default, timeout and entries are an installation's over a serial line" \
	same plain $cases/83-serial.cfg $host/grub.cfg
check "which differs from one without" not same plain $cases/83-plain.cfg $host/grub.cfg
check "and from one over another line" not same plain $cases/83-serial-com2-default.cfg $host/grub.cfg
check "grub.cfg: an entry for one boot is asked for and forgotten" \
	same added $cases/83-nextboot-override.cfg $host/grub.cfg

# Every label that a file names is that of a partition, and of a file system that fstab says it is.
labels() {
	awk '!/^#/ { print $4, $2, $6 }' $host/partitions >"$work/partitions"
	sed 's/^LABEL=//' $host/root/etc/fstab | while read -r label place type rest; do
		grep -qx "$label $type $place" "$work/partitions" || { echo "$label $type $place $rest"; exit 1; }
	done || return 1
	grep -oE '\b(root|BOOT)-[A-Za-z]+' $host/grub.cfg | sort -u | while read -r label; do
		grep -q "^$label " "$work/partitions" || { echo "$label is no partition"; exit 1; }
	done
}
check "its files name its partitions" labels

# The host that xe knows as this one, and its control domain, are the inventory's.
inventory() {
	(
		# shellcheck source=tests/e2e/host/xcp-ng/root/etc/xensource-inventory
		. "$host/root/etc/xensource-inventory"
		grep -q "^uuid=$INSTALLATION_UUID	" $host/root/etc/xe.state/hosts &&
			grep -q "^uuid=$CONTROL_DOMAIN_UUID	.*	is-control-domain=true	resident-on=$INSTALLATION_UUID$" \
				$host/root/etc/xe.state/vms
	)
}
check "xe knows the host of its inventory" inventory
plan
