# What the tests of dom0's units share; sourced by each. $UNIT is the file of a unit.
# shellcheck shell=sh

# What systemd 219 knows of the settings of a service: its own names, of systemd.exec, systemd.service,
# systemd.resource-control, systemd.kill.
known_219='Type RemainAfterExit ExecStart ExecStop StartLimitInterval EnvironmentFile Environment UMask TimeoutStartSec TimeoutStopSec
	LimitAS LimitCORE LimitFSIZE LimitNOFILE LimitNPROC MemoryLimit CPUShares BlockIOWeight DevicePolicy DeviceAllow
	CapabilityBoundingSet NoNewPrivileges SecureBits ReadWriteDirectories ReadOnlyDirectories InaccessibleDirectories
	PrivateTmp PrivateDevices PrivateNetwork ProtectSystem ProtectHome MountFlags RestrictAddressFamilies
	SystemCallFilter SystemCallErrorNumber SystemCallArchitectures Personality IgnoreSIGPIPE StandardInput StandardOutput'

# as_219 FILE: the unit as systemd 219 reads it: without names and values that it does not know.
as_219() {
	# shellcheck disable=SC2086,SC2116 # a list of words, on one line
	awk -F= -v known="$(echo $known_219)" '
		BEGIN { split(known, list, " "); for (i in list) good[list[i]] = 1 }
		/^\[/ { service = ($0 == "[Service]"); print; next }
		!service || /^#/ || /^$/ { print; next }
		!($1 in good) || $0 == "ProtectSystem=strict" { next }
		$1 == "SystemCallFilter" { gsub(/@[a-z-]+ ?/, ""); if ($0 ~ /=~ *$/) next }
		{ print }' "$1"
}

# exposure FILE: its number, "1.5"; nothing when there is none.
exposure() {
	systemd-analyze security --offline=true --no-pager "$1" 2>/dev/null |
		sed -n 's/^.*Overall exposure level for .*: \([0-9.]*\) .*/\1/p'
}

# at_most LIMIT NUMBER
at_most() {
	awk -v limit="$1" -v number="$2" 'BEGIN { exit !(number ~ /^[0-9]+\.[0-9]+$/ && number + 0 <= limit) }'
}

# setting NAME: its values, one a line.
setting() {
	sed -n "s/^$1=//p" "$UNIT"
}
