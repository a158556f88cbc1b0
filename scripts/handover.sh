#!/bin/sh
# Takes what the test's dom0 handed over, by disk or by console: scripts/handover.sh DISK LOG FOLDER
# Leaves FOLDER/run, FOLDER/exit_code and FOLDER/summary.txt (what dom0 printed).
set -eu

[ $# -eq 3 ] || { echo "usage: scripts/handover.sh DISK LOG FOLDER" >&2; exit 2; }
disk=$1 log=$2 folder=$3

rm -rf "$folder/run" "$folder/exit_code" "$folder/summary.txt"
if grep -aq '^dom0: handed over on a disk' "$log"; then
	tar -xf "$disk" -C "$folder"
elif grep -aq '^dom0: handed over on the console' "$log"; then
	tr -d '\r' <"$log" | sed -n '/^dom0: run folder begins/,/^dom0: run folder ends/p' |
		sed '1d;$d' | base64 -d | tar -xzf - -C "$folder"
else
	echo "handover: dom0 handed nothing over; the last lines of $log:" >&2
	tail -n 15 "$log" >&2
	exit 1
fi
tr -d '\r' <"$log" | sed -n '/^dom0: Linux/,/^dom0: \(handed over\|run folder begins\)/p' | sed '1d;$d' >"$folder/summary.txt"
