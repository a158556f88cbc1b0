#!/bin/sh
# Which of a driver's GSP firmware an image gets: initramfs/firmware.sh FOLDER
# Prints the names below FOLDER, sorted.
#
# Environment: FLAVOUR (open, the default, or proprietary), and GPU, a list with commas between (default: all)
#   all              every file
#   gsp_ga10x        a file of the driver's, by its name (with or without .bin)
#   10de:20b5 20b5   a GPU, by its PCI id as "lspci -nn" prints it: the file that initramfs/gpus.tsv says serves it; of one
#                    from before Turing none, where the modules are those that can drive it
#
# A file serves more than it is named after (gsp_tu10x also GA100: A100, A30), and what it serves changed from driver
# to driver until 535. So a choice by GPU is refused for a driver of before 535, and a choice by name when the driver
# has no such file: the one left out might be the one that is needed.
set -eu
export LC_ALL=C

: "${GPU:=all}" "${FLAVOUR:=open}"
[ $# -eq 1 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'; exit 2; }
folder=$1
table=$(dirname "$0")/gpus.tsv

die() {
	printf 'driver: %s\n' "$*" >&2
	exit 1
}

# The driver's own files, by their names without .bin, on one line.
names() {
	find "$folder" -type f -name '*.bin' | sed 's|.*/||; s|\.bin$||' | sort | paste -sd ' ' | sed 's/ /, /g'
}

# file_of ID: the firmware of this GPU in the table: "" when no range has it, "-" when it has none. Ids are compared as
# text: awk would take 1E30 for a number.
file_of() {
	awk -F '\t' -v id="$1" '
		$1 == "gpus" { firmware[$2] = $9 }
		$1 == "ids" && id "" >= $2 "" && id "" <= $3 "" { print firmware[$4]; exit }
	' "$table"
}

# since_535 FILE…: whether the driver sorts GPUs as the table does; each file says its driver's version.
since_535() {
	for file; do
		version=$(readelf -p .fwversion "$file" 2>/dev/null | sed -n 's/^ *\[ *0\] *//p')
		major=${version%%.*}
		case $major in
		'' | *[!0-9]*) die "$file does not say its version (.fwversion): choose firmware by its name" ;;
		esac
		[ "$major" -ge 535 ] || die "GPU=$GPU: drivers of before 535 ($version) sort GPUs differently: choose one of" \
			"$(names), or leave GPU= away"
	done
}

# by_id ID: the name of the file that serves it, in $chosen; "-" when it needs none.
by_id() {
	id=$(printf '%s' "$1" | tr a-f A-F)
	chosen=$(file_of "$id")
	case $chosen/$FLAVOUR in
	/*) die "GPU=$GPU: no GPU with the PCI id 10DE:$id is known (initramfs/gpus.tsv): choose one of $(names)," \
		"or leave GPU= away" ;;
	-/proprietary) return ;;
	-/*) die "GPU=$GPU: 10DE:$id is older than Turing and has no GSP: no firmware is for it, and only the modules of" \
		"FLAVOUR=proprietary are" ;;
	esac
	find "$folder" -type f -name '*.bin' >"$list"
	while read -r file; do since_535 "$file"; done <"$list"
}

# choose WORD: the name of one file, in $chosen; "" for all, "-" for none.
choose() {
	case $1 in
	all) chosen= ;;
	turing | ampere+) die "GPU=$1 named a family, and one file serves several (A100 and A30 want gsp_tu10x):" \
		"choose one of $(names), or a GPU by its PCI id, as in GPU=10de:20b5" ;;
	10[Dd][Ee]:[0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f]) by_id "${1#*:}" ;;
	[0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f]) by_id "$1" ;;
	gsp*[!a-z0-9_.]* | '') die "GPU=$GPU: \"$1\" is no name of a firmware (this driver has $(names))" ;;
	gsp*) chosen=${1%.bin} ;;
	*) die "GPU=$1 is none of all, the name of a firmware (this driver has $(names)), a GPU's PCI id (10de:20b5)" ;;
	esac
}

[ -d "$folder" ] || exit 0 # a driver without GSP
list=$(mktemp)
wanted=$(mktemp)
trap 'rm -f "$list" "$wanted"' EXIT
trap 'exit 1' INT TERM

rest=$GPU,
while [ -n "$rest" ]; do
	choose "${rest%%,*}"
	rest=${rest#*,}
	[ "$chosen" != - ] || continue
	pattern=${chosen:+$chosen.bin}
	[ -z "$chosen" ] || [ -n "$(find "$folder" -type f -name "$pattern" | head -n 1)" ] ||
		die "GPU=$GPU needs firmware called $chosen, and this driver's is $(names): choose of these, or leave GPU= away"
	(cd "$folder" && find . -type f -name "${pattern:-*}") >>"$wanted"
done
sort -u "$wanted"
