#!/bin/sh
# What a driver of one's own consists of, and whether all of it is of one version:
#
#   scripts/driver/look.sh all|modules FOLDER [LIBRARIES]
#
# FOLDER is an unpacked installer, a tree of NVIDIA's open-gpu-kernel-modules, or the folder of the modules' source
# itself. What it lacks of libraries and firmware is looked for in LIBRARIES, laid out as an installer. "modules": only
# the modules are wanted. Prints key=value, or one reason why not, with exit code 1:
#
#   version=  modules=FOLDER (their source)  tree=FOLDER (of which their core is to be built, "" when it is there)
#   libraries=FOLDER  library=FILE (each; none for "modules")  firmware=FOLDER ("" when there is none)
#
# Environment: FLAVOUR (open, the default, or proprietary)
set -eu
export LC_ALL=C

: "${FLAVOUR:=open}"
case $#${1:-} in
2all | 2modules | 3all | 3modules) ;;
*)
	sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'
	exit 2
	;;
esac
wanted=$1 folder=$2 other=${3:-}
table= # of what is of which version: a line each

die() {
	printf 'driver: %s\n' "$*" >&2
	exit 1
}

# is_of FILE VERSION
is_of() {
	table="$table$2  $1
"
}

# core_of FOLDER: whether the driver's core is there, ready for linking.
core_of() {
	[ -f "$1/nvidia/nv-kernel.o_binary" ]
}

# modules_in FOLDER: the modules' source, in $modules and $tree. False: there is none.
modules_in() {
	tree=
	case $FLAVOUR in
	open) modules=$1/kernel-open other_flavour=kernel ;;
	proprietary) modules=$1/kernel other_flavour=kernel-open ;;
	*) die "FLAVOUR=$FLAVOUR is neither open nor proprietary" ;;
	esac
	[ -f "$modules/Kbuild" ] || modules=$1
	if [ ! -f "$modules/Kbuild" ] || [ ! -d "$modules/nvidia" ]; then
		[ ! -f "$1/$other_flavour/Kbuild" ] || wrong_flavour "$1"
		return 1
	fi
	core_of "$modules" || {
		[ -f "$1/src/nvidia/Makefile" ] || die "$modules/nvidia/nv-kernel.o_binary is missing: it is part of an" \
			"installer; with NVIDIA's source tree, give the whole of it"
		tree=$1
	}
}

# wrong_flavour FOLDER: it has modules, but of the other flavour only.
wrong_flavour() {
	case $FLAVOUR in
	open) die "$1 has no open kernel modules (kernel-open/), only proprietary ones: NVIDIA has open ones since" \
		"515; take a newer driver, or FLAVOUR=proprietary" ;;
	*) die "$1 has no proprietary kernel modules (kernel/), only open ones: leave FLAVOUR= away" ;;
	esac
}

# declared FOLDER: the versions that its text files name.
declared() {
	[ ! -f "$1/.manifest" ] || is_of "$1/.manifest" "$(sed -n 2p "$1/.manifest")"
	[ ! -f "$1/version.mk" ] ||
		is_of "$1/version.mk" "$(sed -n 's/^NVIDIA_VERSION *= *\([^ ]*\).*/\1/p' "$1/version.mk" | head -n 1)"
}

# is_x86_64 FILE: the machine that an ELF file is for, from its header.
is_x86_64() {
	case $(od -An -tx1 -N 20 "$1" | tr -d ' \n') in
	7f454c4602*3e00) ;;
	7f454c46*) die "$1 is for another processor than x86_64" ;;
	*) die "$1 is not ELF: it is damaged, or something else" ;;
	esac
}

# libraries_in FOLDER: whether it has CUDA's. Each libcuda counts, so that two of them are noticed.
libraries_in() {
	[ -n "$(find "$1" -maxdepth 1 -name 'libcuda.so.*.*' 2>/dev/null)" ]
}

# libraries: what is taken of $libraries, each of which says its version by its name.
libraries() {
	missing=
	for stem in libcuda libnvidia-ptxjitcompiler libnvidia-ml; do
		any=
		for file in "$libraries/$stem".so.*.*; do
			[ -f "$file" ] || continue
			any=yes
			is_of "$file" "${file##*.so.}"
			is_x86_64 "$file"
			queue="$queue$file
"
		done
		[ -n "$any" ] || missing="$missing $stem.so.$version"
	done
	[ -z "$missing" ] || die "$libraries has no$missing: nothing could run CUDA"
}

# companions: what those need of NVIDIA's own besides, and what that needs.
companions() {
	taken=
	while [ -n "$queue" ]; do
		file=${queue%%"
"*}
		queue=${queue#*"
"}
		taken="$taken$file
"
		case $file in # the compiler of PTX does not say it
		*/libcuda.so.* | */libnvidia-ml.so.*)
			grep -qaF "$version" "$file" || die "$file does not have its version, $version, inside: it is damaged"
			;;
		esac
		for needed in $(readelf -dW "$file" 2>/dev/null | sed -n 's/.*(NEEDED).*\[\(libnvidia-.*\)\]/\1/p'); do
			companion "$file" "$needed"
		done
	done
}

# companion FILE NEEDED
companion() {
	found=$(find "$libraries" -maxdepth 1 -name "${2%%.so.*}.so.*" | sort | head -n 1)
	[ -n "$found" ] || die "$1 needs $2, which $libraries does not have"
	case $taken$queue in *"$found
"*) return ;; esac
	is_x86_64 "$found"
	queue="$queue$found
"
}

# firmware_in FOLDER: the GSP's, in $firmware: as installers have it, or as Linux does.
firmware_in() {
	for firmware in "$1"/firmware "$1"/firmware/nvidia/*; do
		set -- "$1" "$firmware"/gsp*.bin
		[ ! -f "$2" ] || return 0
	done
	firmware=
	return 1
}

# firmware: each says its version in a section of its own.
firmware() {
	for file in "$firmware"/gsp*.bin; do
		of=$(readelf -p .fwversion "$file" 2>/dev/null | sed -n 's/^ *\[ *0\] *//p')
		[ -n "$of" ] || die "$file does not say its version (.fwversion): it is damaged, or something else"
		is_of "$file" "$of"
	done
}

# first_with FUNCTION: the first of the two folders with which it is true, in $in.
first_with() {
	for in in "$folder" "$other"; do
		[ -z "$in" ] || ! "$1" "$in" || return 0
	done
	return 1
}

second_source() {
	echo "a source tree has neither libraries nor firmware. Give the installer of the same version, or its folder," \
		"behind a colon: DRIVER=$folder:NVIDIA-Linux-x86_64-$version.run"
}

# of_one_version: $table has one version, $version.
of_one_version() {
	[ "$(printf '%s' "$table" | cut -d ' ' -f 1 | sort -u | wc -l)" -ne 1 ] || return 0
	echo "driver: $folder${other:+ and $other}: not of one version, and such a driver refuses to work:" >&2
	printf '%s' "$table" | sed 's/^/driver:   /' >&2
	exit 1
}

for in in "$folder" ${other:+"$other"}; do
	[ -d "$in" ] || die "$in is no folder"
	declared "$in"
done
modules_in "$folder" || die "$folder holds no kernel modules of NVIDIA's: it has neither kernel-open/ nor kernel/"
version=$(sed -n 's/.*NV_VERSION_STRING=\\"\([^"\\]*\)\\".*/\1/p' "$modules/Kbuild" | head -n 1)
[ -n "$version" ] || die "$modules/Kbuild does not say its version (NV_VERSION_STRING)"
is_of "$modules/Kbuild" "$version"
[ -n "$tree" ] || is_x86_64 "$modules/nvidia/nv-kernel.o_binary"

libraries='' firmware='' taken='' queue=''
if [ "$wanted" = all ]; then
	first_with libraries_in || die "$folder has no libcuda.so.$version: $(second_source)"
	libraries=$in
	libraries
	if first_with firmware_in; then
		firmware
	elif [ "$FLAVOUR" = open ]; then
		die "$libraries has no GSP firmware (firmware/gsp_*.bin), without which open modules start no GPU"
	fi
fi
of_one_version
companions
printf '%s=%s\n' version "$version" modules "$modules" tree "$tree" libraries "$libraries" firmware "$firmware"
printf '%s' "$taken" | sed 's/^/library=/'
