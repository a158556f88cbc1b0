#!/bin/sh
# The units that keep an order for every boot up to date: closed as the collecting service is; in the words of systemd
# 219; and that they are started, stopped and ordered as their work needs it.
set -u
export LC_ALL=C

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

. tests/tap.sh
. tests/unit/dom0/units.sh

UNIT=
follow=dom0/forestage-follow.service watch=dom0/forestage-watch.service path=dom0/forestage-watch.path

# of UNIT NAME: a setting's values, one a line.
of() {
	UNIT=$1
	setting "$2"
}

# has UNIT NAME WORD: whether one of the words of its values is that.
has() {
	of "$1" "$2" | tr ' ' '\n' | grep -qxF -- "$3" || {
		echo "$1: no $2=$3"
		return 1
	}
}

# What 219 knows of [Unit] and [Path] is all that stands there.
only_219() {
	for unit in dom0/forestage-*.service "$path" dom0/forestage-watch-xenserver.conf; do
		sed -n '/^\[Unit\]/,/^\[/p; /^\[Path\]/,$p' "$unit" | grep -oE '^[A-Za-z]+=' | sort -u |
			grep -vxE '(Description|Documentation|After|Before|Wants|RequiresMountsFor|ConditionKernelCommandLine|PathChanged|Unit)=' && return 1
	done
	return 0
}

is_closed() {
	command -v systemd-analyze >/dev/null || return 0
	for unit in "$follow" "$watch"; do
		as_219 "$unit" >"$work/$(basename "$unit")"
		today=$(exposure "$unit") old=$(exposure "$work/$(basename "$unit")")
		echo "$unit: $today today, $old with what 219 knows"
		at_most 1.5 "$today" && at_most 5.0 "$old" || return 1
		! of "$unit" DeviceAllow | grep . || return 1
		[ "$(of "$unit" CapabilityBoundingSet)" = CAP_DAC_OVERRIDE ] || return 1
	done
}

# The same calls are forbidden, and the same folders may be written to, but for those of results and metrics.
as_collect() {
	for unit in "$follow" "$watch"; do
		for name in SystemCallFilter ProtectSystem RestrictAddressFamilies MemoryDenyWriteExecute; do
			[ "$(of "$unit" $name)" = "$(of dom0/forestage-collect.service $name)" ] || { echo "$unit: $name"; return 1; }
		done
		for folder in /var/lib/forestage /run/forestage /boot/efi /efi /boot; do
			has "$unit" ReadWriteDirectories "-$folder" || return 1
		done
		! of "$unit" ReadWriteDirectories | grep -q prometheus || return 1
		has "$unit" ExecStartPre /run/forestage || return 1
	done
}

# It works when it is stopped: so it must be there until then, and stop before what it looks at is gone.
works_at_shutdown() {
	[ "$(of "$follow" ExecStop)" = "/usr/sbin/forestage follow" ] || return 1
	[ "$(of "$follow" ExecStart)" = /bin/true ] && [ "$(of "$follow" RemainAfterExit)" = yes ] || return 1
	[ -n "$(of "$follow" TimeoutStopSec)" ] || return 1
	for unit in local-fs.target boot.mount boot-efi.mount efi.mount boot-efi.automount forestage-collect.service; do
		has "$follow" After "$unit" || return 1
	done
	# updates that are installed at shutdown
	for unit in unattended-upgrades.service apt-daily-upgrade.service; do
		has "$follow" Before "$unit" || return 1
	done
	! grep -q '^DefaultDependencies=' "$follow" # they stop it before shutdown.target
}

# What it starts must end, to be started again; and is never refused for being started often.
works_at_a_change() {
	[ "$(of "$watch" ExecStart | grep -c '^/usr/sbin/forestage follow --withdraw$')" = 2 ] || return 1
	! of "$watch" RemainAfterExit | grep . || return 1
	[ "$(of "$watch" StartLimitInterval)" = 0 ] || return 1
	[ "$(of "$path" Unit)" = forestage-watch.service ]
}

# Each folder in which xenboot.c looks for grub.cfg, /boot, and that of the image.
watches_all() {
	grep -oE '"/[A-Za-z0-9/-]*/grub\.cfg"' dom0/xen/xenboot.c | tr -d '"' | sort -u >"$work/places"
	[ "$(wc -l <"$work/places")" -ge 4 ] || return 1
	while read -r place; do
		folder=$(dirname "$place")
		case $folder in
		/EFI/*) has dom0/forestage-watch-xenserver.conf PathChanged "/boot/efi$folder" || return 1 ;;
		*) has "$path" PathChanged "$folder" || return 1 ;;
		esac
	done <"$work/places"
	has "$path" PathChanged /boot || return 1
	has "$path" PathChanged "$(sed -n 's/^#define BUNDLE_FOLDER "\(.*\)"/\1/p' dom0/install/bundle.h)" || return 1
	! of "$path" PathChanged | grep /efi # systemd would mount an ESP that is noauto
}

# One enabled unit brings all.
comes_along() {
	has dom0/forestage-collect.service Wants forestage-follow.service &&
		has dom0/forestage-collect.service Wants forestage-watch.path && ! grep -l '^\[Install\]' "$follow" "$watch" "$path"
}

# All together, with the command and where packages put them.
faultless() {
	command -v systemd-analyze >/dev/null || return 0
	mkdir -p "$work/units/forestage-watch.path.d"
	for unit in dom0/forestage-*.service "$path"; do
		sed -E 's#^(ExecStart|ExecStop)=/usr/sbin/forestage.*#\1=/bin/true#; /^Documentation=/d' "$unit" \
			>"$work/units/$(basename "$unit")"
	done
	cp dom0/forestage-watch-xenserver.conf "$work/units/forestage-watch.path.d/xenserver.conf"
	(cd "$work/units" && systemd-analyze verify --man=no ./*.service ./*.path 2>&1) | grep forestage && return 1
	return 0
}

# What starts and stops with the package, not only with the next boot.
in_packages() {
	for script in scripts/dist/postinst scripts/dist/forestage.spec; do
		grep -q 'systemctl start forestage-follow.service forestage-watch.path' "$script" || return 1
	done
	for script in scripts/dist/prerm scripts/dist/forestage.spec; do
		grep -q 'systemctl stop forestage-watch.path forestage-follow.service' "$script" || return 1
	done
}

check "no word that systemd 219 does not know" only_219
check "closed" is_closed
check "as the collecting service, with less" as_collect
check "looks when the host is shut down, in time" works_at_shutdown
check "looks at a change, each time" works_at_a_change
check "watches every folder" watches_all
check "the collecting service brings them" comes_along
check "systemd finds nothing wrong in them" faultless
check "they start with the package, and stop with it" in_packages
plan
