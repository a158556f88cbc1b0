#!/bin/sh
# The units of the packages, for systemd 219 (XCP-ng 8): each section and key is in its vocabulary
# (tests/systemd-219.txt), or only closes or limits a service further where a newer systemd knows it; and what is left of
# a unit there still does its work.
set -u
export LC_ALL=C

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

. tests/tap.sh

units=$(git ls-files 'dom0/*.service' 'dom0/*.path' 'dom0/*.timer' 'dom0/*.socket')

# What 219 may pass over, because a unit that says it needs nothing of it.
closing='MemoryMax TasksMax IPAddressDeny KeyringMode LockPersonality MemoryDenyWriteExecute PrivateMounts ProtectClock
	ProtectControlGroups ProtectHostname ProtectKernelLogs ProtectKernelModules ProtectKernelTunables ProtectProc RemoveIPC
	RestrictNamespaces RestrictRealtime RestrictSUIDSGID StateDirectory StateDirectoryMode'

# reading [UNIT…]: as 219 reads them, one behind the other.
reading() {
	for unit; do awk -f tests/systemd-219.awk tests/systemd-219.txt "$unit" || return; done
}

# not_known UNIT: what it does not know, a SECTION.KEY a line.
not_known() {
	awk -f tests/systemd-219.awk -v unknown=1 tests/systemd-219.txt "$1"
}

# is_needless UNIT: whether all that it does not know only closes.
is_needless() {
	not_known "$1" >"$work/unknown" || return
	echo "$closing" | tr -s ' \t' '\n' | sed 's/^/Service./' >"$work/closing"
	! grep -vxFf "$work/closing" "$work/unknown"
}

# unit LINE…: one of these lines.
unit() {
	printf '%s\n' "$@" >"$work/made.service"
}

# reads_as LINE…: what is left of it.
reads_as() {
	printf '%s\n' "$@" >"$work/expected"
	reading "$work/made.service" | diff "$work/expected" -
}

not() {
	! "$@"
}

check "there are units" test -n "$units"
for file in $units; do
	check "$file: what 219 does not know, it can do without" is_needless "$file"
done

# Each that 219 would be given by the package has a start and its rights, as far as it knows them.
reading dom0/forestage-collect.service >"$work/read"
check "its reading of the service has what starts it" grep -q '^ExecStart=/usr/sbin/forestage collect --once' "$work/read"
keeps() {
	for line in Type=oneshot RemainAfterExit=yes ProtectSystem=full 'DeviceAllow=/dev/mem r' NoNewPrivileges=yes \
		WantedBy=multi-user.target LimitAS=8589934592 TimeoutStartSec=15min; do
		grep -qxF "$line" "$work/read" || { echo "not read: $line"; return 1; }
	done
}
check "and what limits it" keeps

# The reading itself.
unit '[Service]' 'Type=exec' 'ExecStart=/bin/true' 'ExecCondition=/bin/true'
check "a key that is newer is not read" reads_as '[Service]' 'Type=exec' 'ExecStart=/bin/true'
check "and such a unit is told from ours" not is_needless "$work/made.service"
unit '[Unit]' 'ConditionPathExists=/x' 'ConditionEnvironment=X' 'StartLimitIntervalSec=5'
check "keys that moved or came later to a section" reads_as '[Unit]' 'ConditionPathExists=/x'
unit '[Service]' 'ConditionPathExists=/x' '[Unit]' 'ExecStart=/bin/true'
check "a key counts in its own section" reads_as '[Service]' '[Unit]'
unit '[Path]' 'PathChanged=/boot' 'TriggerLimitBurst=1' '[Timer]' 'OnBootSec=1' 'RandomizedDelaySec=1'
check "paths and timers" reads_as '[Path]' 'PathChanged=/boot' '[Timer]' 'OnBootSec=1'
unit '[Service]' 'ExecStart=-@/bin/true x' 'ExecStartPre=+/bin/true' 'ExecStartPost=-!/bin/true' 'ExecStop=bin/true'
check "a start with a mark that it does not know" reads_as '[Service]' 'ExecStart=-@/bin/true x'
unit '[Service]' 'ProtectSystem=strict' 'ProtectSystem=full' \
	'SystemCallFilter=~@mount reboot' 'SystemCallFilter=~@clock'
check "values that it does not know" reads_as '[Service]' 'ProtectSystem=full' 'SystemCallFilter=~reboot'
# shellcheck disable=SC1003 # a line that ends in a backslash
unit '[Service]' '# words' 'LogExtraFields=a \' '# words' 'Nice=5' 'Nice=6'
check "a line that goes on belongs to its key" reads_as '[Service]' '# words' 'Nice=6'
plan
