#!/bin/sh
# HOSTS hosts with four runs each, and 12 GPUs with something wrong: report --fleet over all of them. Prints what the
# first 15 rows have, and the time and memory beside those of reading the same files with cat.
set -eu

build=${BUILD:-build}
hosts=${1:-2500}
work=$(mktemp -d "${TMPDIR:-/tmp}/forestage-fleet-XXXXXX")
trap 'rm -rf "$work"' EXIT

"$build/tests/fleet-runs" "$work/runs" "$hosts" 4 >"$work/planted"
find "$work/runs" -name run.json | wc -l | sed 's/$/ runs/'
du -sm --apparent-size "$work/runs" | cut -f1 | sed 's/$/ MB of run.json/'
find "$work/runs" -name run.json -exec cat {} + >/dev/null # into the cache
# shellcheck disable=SC2016 # the inner shell expands it
/usr/bin/time -f 'cat: %e s' sh -c 'find "$1" -name run.json -exec cat {} + >/dev/null' sh "$work/runs"
/usr/bin/time -f 'report --fleet: %e s, %U s + %S s of the processor, %M KiB' \
	"$build/dom0/forestage" report --fleet "$work/runs" --html "$work/fleet.html" >"$work/said"
found=0
while read -r uuid figure; do
	if sed '/^ *and [0-9]* more/,$d' "$work/said" | grep -q -F "$uuid"; then
		found=$((found + 1))
	else
		echo "not among the first 15: $uuid $figure"
	fi
done <"$work/planted"
echo "$found of $(wc -l <"$work/planted") planted GPUs among the first 15 rows, $(sed -n 2p "$work/said" | cut -d' ' -f1) rows in all"
wc -c "$work/fleet.html" "$work/fleet.json" "$work/fleet.csv" | sed "s# $work/# #"
