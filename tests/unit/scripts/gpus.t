#!/bin/sh
# Which firmware an image gets (GPU=, initramfs/firmware.sh) by names and by PCI ids, and the tables of GPUs in the pages
# (scripts/gpus.sh). The firmware is a stand-in of some bytes that says a version. tests/unit/scripts/gpus_data.t has the
# table itself, tests/driver/gpus.t what drivers say of it.
set -u
export LC_ALL=C

: "${CC:=gcc}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
unset GPU

. tests/tap.sh

# driver FOLDER VERSION FILE…
driver() {
	mkdir -p "$1/nvidia/$2"
	"$CC" -x c -c -o "$work/empty" /dev/null
	printf '%s\0' "$2" >"$work/version"
	into=$1/nvidia/$2
	shift 2
	for file; do objcopy --add-section .fwversion="$work/version" "$work/empty" "$into/$file.bin"; done
}

set_up "no stand-in of firmware" driver "$work/610" 610.1.2 gsp_ga10x gsp_tu10x
driver "$work/530" 530.41.03 gsp_ga10x gsp_tu10x
driver "$work/525" 525.147.05 gsp_ad10x gsp_tu10x
driver "$work/515" 515.105.01 gsp
driver "$work/silent" 610.1.2 gsp_ga10x gsp_tu10x
echo x >"$work/silent/nvidia/610.1.2/gsp_ga10x.bin"

unset FLAVOUR
# gets GPU NAME… : what an image for these gets, of driver 610.
gets() {
	GPU=$1 initramfs/firmware.sh "$work/610" >"$work/out" 2>&1
	code=$?
	shift
	sed 's|.*/||; s|\.bin$||' "$work/out" | paste -sd ' '
	[ "$code" -eq 0 ] && [ "$(sed 's|.*/||; s|\.bin$||' "$work/out" | paste -sd ' ')" = "$*" ]
}

# refused DRIVER GPU WORDS: nothing but one message, with these words.
refused() {
	GPU=$2 initramfs/firmware.sh "$work/$1" >"$work/out" 2>"$work/said"
	code=$?
	cat "$work/out" "$work/said"
	[ "$code" -eq 1 ] && [ ! -s "$work/out" ] && [ "$(wc -l <"$work/said")" -eq 1 ] && grep -qF "$3" "$work/said"
}

check "all of it" gets all gsp_ga10x gsp_tu10x
check "nothing said: all of it" gets "" gsp_ga10x gsp_tu10x
check "one by its name" gets gsp_tu10x gsp_tu10x
check "with its ending" gets gsp_ga10x.bin gsp_ga10x
check "two by their names" gets gsp_ga10x,gsp_tu10x gsp_ga10x gsp_tu10x
check "all and one: all" gets gsp_tu10x,all gsp_ga10x gsp_tu10x
check "an A100 gets the file that is named after Turing" gets 10de:20b5 gsp_tu10x
check "an A30, in capitals" gets 10DE:20B7 gsp_tu10x
check "an id that awk could take for a number (20E5)" gets 20e5 gsp_tu10x
check "another (1E07)" gets 1E07 gsp_tu10x
check "an A40" gets 10de:2235 gsp_ga10x
check "an H200" gets 2335 gsp_ga10x
check "an L40S" gets 10de:26b9 gsp_ga10x
check "a B200" gets 10de:2901 gsp_ga10x
check "an A100 and an H100 get both" gets 10de:20b5,10de:2330 gsp_ga10x gsp_tu10x
check "a GPU and a name" gets gsp_ga10x,10de:1eb8 gsp_ga10x gsp_tu10x

# Both ends of every range, and what lies just outside of it.
ends() {
	awk -F '\t' '$1 == "gpus" { file[$2] = $9 } $1 == "ids" && file[$4] != "-" { print $2, file[$4]; print $3, file[$4] }' \
		initramfs/gpus.tsv >"$work/ends"
	[ "$(wc -l <"$work/ends")" -gt 10 ] || return 1
	while read -r id file; do
		gets "$id" "$file" || { echo "10DE:$id should get $file"; return 1; }
	done <"$work/ends"
}
check "the first and the last id of each range" ends

check "refused: the family that left out what A100 needs" refused 610 ampere+ \
	"A100 and A30 want gsp_tu10x): choose one of gsp_ga10x, gsp_tu10x, or a GPU by its PCI id"
check "refused: the other family" refused 610 turing "one file serves several"
check "refused: a generation" refused 610 hopper "GPU=hopper is none of all, the name of a firmware (this driver has gsp_"
check "refused: a GPU that has no such processor, with modules that cannot drive it" refused 610 10de:1b06 \
	"only the modules of FLAVOUR=proprietary are"
proprietary() {
	(
		FLAVOUR=proprietary
		export FLAVOUR
		"$@"
	)
}
check "with those that can it gets none" proprietary gets 10de:1b80
check "and beside a T4 that one's" proprietary gets 10de:1b80,10de:1eb8 gsp_tu10x
check "refused: a GPU that nobody knows" refused 610 10de:ffff "no GPU with the PCI id 10DE:FFFF is known"
check "refused: one of another maker" refused 610 1002:20b5 "GPU=1002:20b5 is none of all"
check "refused: a name that this driver has not" refused 525 gsp_ga10x \
	"needs firmware called gsp_ga10x, and this driver's is gsp_ad10x, gsp_tu10x"
check "refused: a name of a driver with one for all" refused 515 gsp_tu10x "this driver's is gsp: choose of these"
check "refused: a GPU with a driver that sorts them differently (GH100 is in gsp_tu10x there)" refused 530 10de:2330 \
	"drivers of before 535 (530.41.03) sort GPUs differently"
check "refused: a GPU with firmware of no version" refused silent 10de:2330 "does not say its version (.fwversion)"
check "refused: a pattern" refused 610 'gsp*' '"gsp*" is no name of a firmware'
check "refused: a path" refused 610 gsp/../x '"gsp/../x" is no name of a firmware'
check "refused: nothing between commas" refused 610 gsp_ga10x,,all '"" is no name of a firmware'
check "a driver without firmware has none to choose of" test -z "$(GPU=gsp_tu10x initramfs/firmware.sh "$work/none" 2>&1)"

# The pages.
check "README.md and docs/image.md have the tables as they are made" scripts/gpus.sh check

old="| \`DRIVER=debian FLAVOUR=proprietary\` |" # what a GPU of before Turing needs
tree=$work/tree
mkdir -p "$tree/docs" "$tree/initramfs"
cp -r scripts "$tree/scripts"
cp docs/image.md "$tree/docs/"
cp README.md "$tree/"
cp initramfs/gpus.tsv "$tree/initramfs/"

# differs FILE: check says that this page is not as it is made.
differs() {
	"$tree/scripts/gpus.sh" check >"$work/out" 2>&1
	code=$?
	cat "$work/out"
	[ "$code" -eq 1 ] && grep -qF "$1" "$work/out"
}

# no_place: a page without its marks is refused.
no_place() {
	sed -i 's/^<!-- end -->$//' "$tree/README.md"
	differs "README.md has no place for the table"
}

check "the copy is as it is made" "$tree/scripts/gpus.sh" check
sed -i 's/\topen\t570\t/\topen\t575\t/' "$tree/initramfs/gpus.tsv"
check "another first driver is another page" differs "575 or later"
check "which write makes" "$tree/scripts/gpus.sh" write
check "and then it is" "$tree/scripts/gpus.sh" check
check "in README.md too" grep -qF "| Blackwell | open | 575 or later |" "$tree/README.md"
sed -i 's/^\t\t550.163.01 .*/\t\t580.95.05 forky 580.95.05-1 6.12.1-amd64 forky 6.12-1 gcc-14/' "$tree/scripts/driver.sh"
check "so is another pair of Debian's" differs "580.95.05, 535.261.03"
check "a GPU of before Turing that this pair drives" differs "| 580.95.05, 535.261.03 | – $old"
sed -i 's/^\t\t580.95.05 /\t\t590.44.01 /' "$tree/scripts/driver.sh"
check "and one that it no longer drives" differs "| 535.261.03 | – $old"
echo "gpu	x" >>"$tree/initramfs/gpus.tsv"
check "a line of the table that is nothing is named" differs "neither gpus nor ids"
sed -i '$d' "$tree/initramfs/gpus.tsv"
check "a page without a place for it" no_place
plan
