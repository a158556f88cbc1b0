#!/bin/sh
# Builds the stand-in of NVIDIA's driver for the stage's kernel, as folders that initramfs/pack.sh takes:
#
#   tests/e2e/driver/build.sh FOLDER BEHAVIOUR…     FOLDER/BEHAVIOUR/{modules,lib}, FOLDER/other-libcuda.so.1,
#                                                   FOLDER/fabricmanager, which scripts/driver/fabric.sh takes
#
# The behaviours are those of nvidia.c; "wrong-kernel" is a nvidia.ko of another kernel, and "optional" a
# working one behind a module that it does not need and that does not load; that one has an NVSwitch.
# Environment: STAGE_PART (the stage's kernel and what modules for it are built with, as scripts/parts.sh leaves
# them; "": the own kernel), BUILD, CC.
set -eu
export LC_ALL=C

: "${BUILD:=build}" "${STAGE_PART:=}"
export BUILD
unset MAKEFLAGS MAKELEVEL
here=$(dirname "$0")
folder=$1
shift

die() {
	echo "stand-in: $*" >&2
	exit 1
}

# The headers came with the kernel, as one set.
headers() {
	release=$(ls "$STAGE_PART/lib/modules")
	[ -d "$STAGE_PART/usr/src/linux-headers-$release" ] ||
		die "$STAGE_PART has no headers of $release: run scripts/parts.sh stage"
	tree=$(cd "$STAGE_PART/usr/src" && pwd)
	# they name /usr/src, where nothing is installed
	sed -i "s|^include .*/\(linux-headers-[^/]*/Makefile\)$|include $tree/\1|" \
		"$tree/linux-headers-$release/Makefile"
	output=$tree/linux-headers-$release source=$output
}

own_kernel() {
	[ -d "$BUILD/kernel/current/tree" ] || die "no own kernel: make kernel"
	source=$(cd "$BUILD/kernel/current/source" && pwd -P)
	output=$(cd "$BUILD/kernel/current/tree" && pwd -P)
}

# library VERSION FILE
library() {
	"${CC:-gcc}" -std=c11 -D_GNU_SOURCE -I. -Wall -Wextra -Werror -Wshadow -Wformat=2 -Wundef -O2 -fPIC -shared -DVERSION="\"$1\"" \
		-o "$2" "$here/libcuda.c" "$folder/work/fake.o"
}

compile() {
	rm -rf "$folder"
	mkdir -p "$folder/work" "$folder/lib"
	cp "$here/nvidia.c" "$here/nvidia-uvm.c" "$here/helper.c" "$here/Kbuild" "$folder/work/"
	if [ -n "$STAGE_PART" ]; then headers; else own_kernel; fi
	make -s -C "$source" O="$output" M="$(cd "$folder/work" && pwd)" KCFLAGS=-g0 modules \
		>"$folder/log" 2>&1 </dev/null || { cat "$folder/log" >&2; die "the modules do not build"; }
	# the fake's cuInit under another name, ours in its place
	"${CC:-gcc}" -std=c11 -D_GNU_SOURCE -I. -Wall -Wextra -Werror -Wshadow -Wformat=2 -Wundef -O2 -fPIC -DcuInit=fake_init \
		-c -o "$folder/work/fake.o" tests/unit/runner/fake_cuda.c
	library 1.2.3 "$folder/lib/libcuda.so.1"
	library 1.2.4 "$folder/other-libcuda.so.1"
	nvswitch=$folder/fabricmanager/share/nvidia/nvswitch
	mkdir -p "$folder/fabricmanager/bin" "$folder/fabricmanager/etc" "$nvswitch"
	"${CC:-gcc}" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -Wshadow -Wformat=2 -Wundef -O2 -static \
		-o "$folder/fabricmanager/bin/nv-fabricmanager" "$here/fabricmanager.c"
	echo "no board" >"$nvswitch/standin_topology"
	printf '%s\n' DAEMONIZE=0 LOG_FILE_NAME=/var/log/fabricmanager.log >"$folder/fabricmanager/etc/fabricmanager.cfg"
	echo 'int nothing;' | "${CC:-gcc}" -shared -fPIC -x c \
		-o "$folder/lib/libnvidia-ptxjitcompiler.so.1" -
}

# overwrite FILE OLD NEW: text of the same length in a binary file; it must be there.
overwrite() {
	[ "${#2}" -eq "${#3}" ] || die "$2 and $3 are not of one length"
	grep -qaF "$2" "$1" || die "$1 does not hold $2"
	sed -i "s/$2/$3/g" "$1"
}

# A module for another kernel: it names another release, and where the kernel has a checksum for each symbol
# instead of asking for the release, that of the first symbol is another one.
of_another_kernel() {
	overwrite "$1" vermagic=6 vermagic=5
	perl -0777 -pi -e 's/.{8}(?=module_layout\0)/\x01\x02\x03\x04\0\0\0\0/s' "$1"
}

# standing_in MODULE WORD: it behaves so.
standing_in() {
	dots=.........................
	word=$(printf '%.26s' "$2$dots")
	overwrite "$1" "behaviour=works....................." "behaviour=$word"
}

behave() {
	modules=$folder/$1/modules
	mkdir -p "$modules"
	cp -r "$folder/lib" "$folder/$1/lib"
	cp "$folder/work/nvidia.ko" "$folder/work/nvidia-uvm.ko" "$modules/"
	printf 'nvidia\nnvidia-uvm\n' >"$modules/order"
	case $1 in
	works) ;;
	wrong-kernel)
		of_another_kernel "$modules/nvidia.ko"
		of_another_kernel "$modules/nvidia-uvm.ko"
		;;
	optional)
		cp "$folder/work/helper.ko" "$modules/"
		standing_in "$modules/nvidia.ko" switches
		printf 'helper\nnvidia\nnvidia-uvm\n' >"$modules/order"
		;;
	*) standing_in "$modules/nvidia.ko" "$1" ;;
	esac
}

compile
for behaviour; do
	behave "$behaviour"
done
