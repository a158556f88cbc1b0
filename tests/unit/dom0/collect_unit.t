#!/bin/sh
# The service of dom0: how far it is closed, as systemd-analyze counts it, for a systemd of today and for one that knows
# no more than 219 does (XCP-ng 8); and that what it has to write and read stays open.
set -u
export LC_ALL=C

: "${UNIT:=dom0/forestage-collect.service}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

. tests/tap.sh
. tests/unit/dom0/units.sh

command -v systemd-analyze >/dev/null || skip_all "systemd-analyze is not installed (scripts/setup.sh test)"
systemd-analyze security --help 2>/dev/null | grep -q -- --offline ||
	skip_all "systemd-analyze cannot rate a file (systemd older than 250)"

mkdir "$work/219" "$work/open"
as_219 "$UNIT" >"$work/219/forestage-collect.service"
today=$(exposure "$UNIT")
old=$(exposure "$work/219/forestage-collect.service")
version=$(systemd-analyze --version | awk 'NR == 1 { print $2 }')
echo "# exposure, of 10: $today with systemd $version, $old counting what 219 knows"
check "at most 2.0 today" at_most 2.0 "$today"
check "at most 5.5 with what systemd 219 knows" at_most 5.5 "$old"

# The measure itself can say no.
sed -e '/^\(UMask\|Timeout\|Memory\|Tasks\|Limit\|Protect\|Private\|Capab\|NoNew\|Device\)/d' \
	-e '/^\(Restrict\|IPAddr\|SystemCall\|Keyring\|Lock\|RemoveIPC\)/d' \
	"$UNIT" >"$work/open/forestage-collect.service"
naked=$(exposure "$work/open/forestage-collect.service")
is_open() {
	at_most 10.0 "$naked" && ! at_most 9.0 "$naked"
}
check "the same unit without them is open ($naked)" is_open

# systemd finds no fault in it, but that the command is not installed here.
faultless() {
	sed 's|^ExecStart=[^ ]*|ExecStart=/bin/true|; s|^Documentation=.*||' "$UNIT" >"$work/forestage-collect.service"
	systemd-analyze verify --man=no "$work/forestage-collect.service" 2>&1 | grep 'forestage-collect' && return 1
	return 0
}
check "systemd finds nothing wrong in it" faultless

# No list of allowed system calls: 219 would allow nothing.
forbids_only() {
	setting SystemCallFilter | grep -v '^~' && return 1
	setting SystemCallFilter | grep -q '^~'
}
check "system calls are forbidden, not allowed, one by one" forbids_only

# What it cannot work without.
needs() {
	for device in '/dev/mem r' 'block-\* r' '/dev/mapper/control rw'; do
		setting DeviceAllow | grep -qx -- "$device" || return 1
	done
	for capability in CAP_SYS_RAWIO CAP_SYS_ADMIN CAP_DAC_OVERRIDE; do
		setting CapabilityBoundingSet | grep -qw "$capability" || return 1
	done
	for folder in /var/lib/forestage /run/forestage /boot/efi /efi /boot /var/lib/prometheus /var/lib/node_exporter; do
		setting ReadWriteDirectories | tr ' ' '\n' | grep -qx -- "-$folder" || {
			echo "$folder may not be written"
			return 1
		}
	done
	# the places where esp_find looks
	grep -o 'usual_places\[\] = {[^}]*' dom0/host/esp.c | grep -o '"[^"]*"' | tr -d '"' | while read -r place; do
		setting ReadWriteDirectories | tr ' ' '\n' | grep -qx -- "-$place" || exit 1
	done
	test -z "$(setting PrivateDevices)$(setting PrivateUsers)$(setting ProcSubset)"
}
# The folder of the lock is opened to the service only if it is there when that starts.
makes_lock_folder() {
	folder=$(sed -n 's|^#define FOLDER  *"\(/run/[a-z]*\)"$|\1|p' dom0/base/lock.c)
	[ -n "$folder" ] && setting ExecStartPre | grep -qx -- "-+/bin/mkdir -p -m 0700 $folder" &&
		setting ReadWriteDirectories | tr ' ' '\n' | grep -qx -- "-$folder"
}
check "what it needs is there" needs
check "the folder of the lock is made before" makes_lock_folder

limits() {
	for name in TimeoutStartSec MemoryMax LimitAS TasksMax LimitFSIZE LimitCORE; do
		[ -n "$(setting "$name")" ] || {
			echo "no $name="
			return 1
		}
	done
	# a region has less than 3 GiB; both the mapping and the copy count as address space
	[ "$(setting LimitAS)" -ge $((7 << 30)) ]
}
check "time and memory are bounded, and a region of 3 GiB fits" limits
plan
