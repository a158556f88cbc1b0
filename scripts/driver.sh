#!/bin/sh
# NVIDIA's driver for exactly one kernel, from Debian's packages only:
#
#   scripts/driver.sh           builds what is missing, prints the folder's name
#   scripts/driver.sh list      the known pairs, and which kernel each is for
#   scripts/driver.sh kernel    only fetches the pair's kernel from Debian, prints the folder it is unpacked in
#   scripts/driver.sh source    only fetches the pair, prints the folder of the modules' source
#
# The folder is build/driver/PAIR (with -proprietary behind it for that flavour, and -own for KERNEL=own):
#   vmlinuz config              the kernel that the modules are for
#   modules/*.ko modules/order  stripped, not compressed; order: one name a line, as they are loaded
#   firmware/nvidia/VERSION/    the GSP images, for /lib/firmware
#   lib/                        libcuda.so.1, libnvidia-ptxjitcompiler.so.1, libnvidia-ml.so.1
#   licence/                    each package's copyright file
#   versions                    key=value: pair, known, flavour, kernel, driver, package.NAME
#   sha256sums                  of all files
#
# Environment: PAIR (a driver version; without it the newest pair that the archive still has, and when it
# has none any more, the driver and the kernel that it has now, which is said: known=no),
# FLAVOUR (open, the default, or proprietary), CC (instead of the pair's compiler), JOBS (2),
# KERNEL (own: the stage's own kernel of scripts/kernel.sh, built from the same version's source).
# Nothing is installed; scripts/setup.sh driver installs the build tools. A second call does
# nothing. The same packages give the same bytes.
set -eu
export LC_ALL=C
umask 022

: "${BUILD:=build}"
: "${FLAVOUR:=open}"
: "${PAIR:=}"
: "${JOBS:=2}"
: "${KERNEL:=}"
export BUILD

# Known good, newest first: driver and its suite and package version, kernel release with its suite
# and package version, and the compiler it was built with.
pairs() {
	cat <<-EOF
		550.163.01 trixie 550.163.01-2 6.1.0-50-amd64 bookworm 6.1.176-1 gcc-12
		535.261.03 bookworm 535.261.03-1 6.1.0-50-amd64 bookworm 6.1.176-1 gcc-12
	EOF
}

recipe=1 # of this script: counts up when the same pair gives other bytes

say() {
	echo "driver: $*" >&2
}

die() {
	say "$*"
	say "known pairs:"
	pairs | awk '{ printf "driver:   PAIR=%s for Linux %s\n", $1, $4 }' >&2
	exit 1
}

only_kernel=
only_source=
case ${1:-} in
'') ;;
kernel) only_kernel=yes KERNEL= ;;
source) only_source=yes ;;
list)
	pairs | awk '{ print $1, $4 }'
	exit 0
	;;
*)
	sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'
	exit 2
	;;
esac

case $FLAVOUR in
open) package=nvidia-open-kernel-dkms source=nvidia-current-open suffix= ;;
proprietary) package=nvidia-kernel-dkms source=nvidia-current suffix=-proprietary ;;
*) die "FLAVOUR=$FLAVOUR is neither open nor proprietary" ;;
esac

licence() {
	[ ! -e "$BUILD/driver/.licence" ] || return 0
	cat >&2 <<-EOF
		driver: The libraries, the GSP firmware and the proprietary kernel modules are NVIDIA's, under its
		driver: licence ("License For Customer Use of NVIDIA Software"); the open kernel modules are dual
		driver: MIT/GPL. They are fetched from Debian's archive for this machine and are no part of this
		driver: project. The terms lie in $BUILD/driver/*/licence/.
	EOF
	mkdir -p "$BUILD/driver"
	: >"$BUILD/driver/.licence"
}

case $KERNEL in
'') ;;
own)
	own=$(scripts/kernel.sh)
	suffix=$suffix-own
	;;
*) die "KERNEL=$KERNEL is not own; modules are built for the pair's kernel or for ours" ;;
esac

# choose KNOWN LINE…: one line of the table into variables. KNOWN "no": of its suites what the archive has now, of the
# driver that PAIR names if there is one.
choose() {
	known=$1 driver=$2 driver_suite=$3 driver_version=$4
	release=$5 kernel_suite=$6 kernel_version=$7 compiler=$8
	kernel=$BUILD/parts/driver-kernel-$release kernel_set=modules:linux-image-$release=$kernel_version
	parts=$BUILD/parts/driver-$driver${suffix%-own} driver_set=$package=$driver_version
	if [ "$known" = no ]; then
		kernel=$BUILD/parts/driver-kernel kernel_set=modules:linux-image-amd64
		parts=$BUILD/parts/driver-$driver_suite${suffix%-own} driver_set=$package${PAIR:+=$PAIR-*}
	fi
	outcome
}

# What follows from the versions that were chosen.
outcome() {
	out=$BUILD/driver/$driver$suffix
	key="$driver_version $kernel_version $FLAVOUR $recipe"
	image=$kernel/boot/vmlinuz-$release config=$kernel/boot/config-$release
	packages=$kernel/.packages
	[ -z "$KERNEL" ] || outcome_own
}

# It is known only if it is of the source that the table's kernel is of.
outcome_own() {
	[ "$known" = no ] || grep -qxF "package.linux-source-6.1=$kernel_version" "$own/versions" || known=other
	release=$(sed -n 's/^kernel=//p' "$own/versions")
	kernel=$own image=$own/vmlinuz config=$own/config packages=$BUILD/parts/kernel-source/.packages
	key="$key $(sed -n 's/^key=//p' "$own/versions")"
}

# unpacked COMPONENTS SUITE FOLDER PACKAGE…: scripts/fetch.sh. What was not complete is not asked for again, and once
# the archive has not answered, only what is there counts.
unpacked() {
	components=$1
	shift
	case $failed in *"<$*>"*) return 1 ;; esac
	[ -z "$offline" ] || COMPONENTS=$components scripts/fetch.sh --there "$@" || return 1
	code=0
	COMPONENTS=$components scripts/fetch.sh "$@" >&2 </dev/null || code=$?
	[ "$code" -ne 3 ] || offline=yes
	[ "$code" -eq 0 ] || failed="$failed<$*>"
	return "$code"
}

# version_of PACKAGE FOLDER: what was chosen of it, without an epoch.
version_of() {
	sed -n "s/^package $1=\([0-9]*:\)\{0,1\}//p" "$2/.archive" | head -n 1
}

# called PART NAME: a part under the name that tells its version. A link of an older choice would lead to another one.
called() {
	find "$BUILD/parts" -maxdepth 1 -type l -lname "$(basename "$1")" -delete
	[ ! -d "$2" ] || rm -rf "$2"
	ln -s "$(basename "$1")" "$2"
}

fetch_kernel() {
	[ -z "$KERNEL" ] || return 0
	unpacked main "$kernel_suite" "$kernel" "$kernel_set" || return 1
	[ "$known" = no ] || return 0
	release=$(ls "$kernel/lib/modules")
	kernel_version=$(version_of "linux-image-$release" "$kernel")
	called "$kernel" "$BUILD/parts/driver-kernel-$release"
	kernel=$BUILD/parts/driver-kernel-$release
}

# The driver's packages must be of one version, or it refuses itself.
fetch_driver() {
	unpacked "main contrib non-free non-free-firmware" "$driver_suite" "$parts" "$driver_set" \
		firmware-nvidia-gsp=@ libcuda1=@ libnvidia-ptxjitcompiler1=@ libnvidia-ml1=@ || return 1
	[ "$known" = no ] || return 0
	driver_version=$(version_of "$package" "$parts")
	driver=${driver_version%-*}
	called "$parts" "$BUILD/parts/driver-$driver${suffix%-own}"
	parts=$BUILD/parts/driver-$driver${suffix%-own}
}

# Everything is downloaded before anything is built, so that a version the archive no longer has
# is known at once.
fetch() {
	fetch_kernel && fetch_driver || return 1
	[ "$known" != no ] || outcome
}

cached() {
	[ "$(sed -n 's/^key=//p' "$out/versions" 2>/dev/null)" = "$key" ]
}

# The headers' Makefile names /usr/src, where nothing is installed; build/ may have moved since.
relocate() {
	sed -i "s|^include .*/\(linux-headers-[^/]*/Makefile\)$|include $headers/\1|" \
		"$headers/linux-headers-$release/Makefile"
}

compile() {
	: "${CC:=$compiler}"
	command -v "$CC" >/dev/null ||
		die "Linux $release was built with $compiler, which is not here: run scripts/setup.sh driver"
	if [ -n "$KERNEL" ]; then
		headers=$(cd "$own/source" && pwd -P)
		source_tree=$headers output_tree=$(cd "$own/tree" && pwd -P)
	else
		headers=$(cd "$kernel/usr/src" && pwd)
		source_tree=$headers/linux-headers-${release%-amd64}-common
		output_tree=$headers/linux-headers-$release
		relocate
	fi
	work=$BUILD/driver/work-$driver$suffix
	rm -rf "$work"
	mkdir -p "$BUILD/driver"
	cp -r "$parts/usr/src/$source-$driver" "$work"
	say "building $driver ($FLAVOUR) for Linux $release: some minutes"
	tree=$(cd "$work" && pwd)
	make -C "$work" -j"$JOBS" CC="$CC" \
		KCFLAGS="-g0 -ffile-prefix-map=$tree=nvidia -ffile-prefix-map=$headers=linux" \
		KERNEL_UNAME="$release" SYSSRC="$source_tree" SYSOUT="$output_tree" \
		NV_EXCLUDE_KERNEL_MODULES="nvidia-drm nvidia-modeset nvidia-peermem" \
		modules >"$work.log" 2>&1 </dev/null || {
		grep -E '(error|Error)[: ]' "$work.log" | grep -v '#error' | tail -n 5 >&2
		die "$driver does not build for Linux $release; the whole output is in $work.log"
	}
}

field() {
	modinfo -F "$1" "$2" | head -n 1
}

# One of the kernel's own modules and what it needs, before the modules that need it.
kernel_module() {
	name=$(echo "$1" | tr _ -)
	! grep -qx "$name" "$new/modules/order" || return 0
	[ -z "$KERNEL" ] || die "$2 needs $name, which the own kernel does not have"
	found=$(find "$kernel/lib/modules/$release" "$kernel/usr/lib/modules/$release" -name '*.ko*' \
		2>/dev/null | grep -E "/$(echo "$name" | sed 's/-/[-_]/g')\.ko(\.xz)?$" || :)
	[ -n "$found" ] || die "Linux $release has no module $name"
	case $found in
	*.xz) xz -dc "$found" >"$new/modules/$name.ko" ;;
	*) cp "$found" "$new/modules/$name.ko" ;;
	esac
	strip --strip-debug "$new/modules/$name.ko"
	needs "$new/modules/$name.ko"
	echo "$name" >>"$new/modules/order"
}

needs() {
	for needed in $(field depends "$1" | tr , ' '); do
		case $needed in
		nvidia) ;;
		*) (kernel_module "$needed" "$1") ;; # its own variables: this recurses
		esac
	done
}

install_modules() {
	: >"$new/modules/order"
	# the stage states the page attribute table it ran under; the own kernel has it built in
	[ -n "$KERNEL" ] || kernel_module msr
	for module in nvidia nvidia-uvm; do
		[ "$(field vermagic "$work/$module.ko" | cut -d ' ' -f 1)" = "$release" ] ||
			die "$work/$module.ko is not for Linux $release"
		needs "$work/$module.ko"
		strip --strip-debug -o "$new/modules/$module.ko" "$work/$module.ko"
		echo "$module" >>"$new/modules/order"
	done
}

# Debian puts the libraries below …/nvidia/current; libcuda opens the others by these names.
install_libraries() {
	current=$parts/usr/lib/x86_64-linux-gnu/nvidia/current
	for library in libcuda libnvidia-ptxjitcompiler libnvidia-ml; do
		install -m 755 "$current/$library.so.$driver" "$new/lib/$library.so.1"
	done
}

install_firmware() {
	folder=$(find "$parts/lib/firmware/nvidia" "$parts/usr/lib/firmware/nvidia" -maxdepth 1 \
		-name "$driver" 2>/dev/null | head -n 1)
	[ -n "$folder" ] || die "firmware-nvidia-gsp holds no firmware for $driver"
	mkdir -p "$new/firmware/nvidia/$driver"
	install -m 644 "$folder"/*.bin "$new/firmware/nvidia/$driver/"
}

is_known() {
	if [ "$known" = yes ]; then echo yes; else echo no; fi
}

# Module, firmware and library must be of one version, or the driver refuses them.
write_versions() {
	[ "$(field version "$new/modules/nvidia.ko")" = "$driver" ] ||
		die "nvidia.ko says it is $(field version "$new/modules/nvidia.ko"), not $driver"
	{
		echo "key=$key"
		echo "pair=$driver"
		echo "known=$(is_known)"
		echo "flavour=$FLAVOUR"
		echo "driver=$driver"
		echo "kernel=$release"
		cat "$packages" "$parts/.packages" |
			sed 's/_\(amd64\|all\)\.deb$//; s/^\([^_]*\)_/package.\1=/; s/%3a/:/' | sort
	} >"$new/versions"
	(cd "$new" && find . -type f ! -name sha256sums | sort | sed 's|^\./||' |
		xargs sha256sum) >"$new.sums"
	mv "$new.sums" "$new/sha256sums"
}

install_all() {
	new=$out.new
	rm -rf "$new"
	mkdir -p "$new/modules" "$new/lib" "$new/licence"
	install -m 644 "$image" "$new/vmlinuz"
	install -m 644 "$config" "$new/config"
	install_modules
	install_libraries
	install_firmware
	for copyright in "$parts"/usr/share/doc/*/copyright; do
		install -m 644 "$copyright" "$new/licence/$(basename "$(dirname "$copyright")")"
	done
	write_versions
	rm -rf "$out"
	mv "$new" "$out"
	rm -rf "$work"
}

if [ -n "$PAIR" ]; then
	candidates=$(pairs | awk -v pair="$PAIR" '$1 == pair')
	[ -n "$candidates" ] || die "PAIR=$PAIR is not known"
else
	candidates=$(pairs)
fi

finish() {
	echo "$out"
	exit 0
}

# A pair that is there is used without asking the archive.
offline=
failed=
while read -r line; do
	# shellcheck disable=SC2086 # a list of words
	choose $line
	if [ -n "$only_kernel" ]; then
		! fetch_kernel || { echo "$kernel"; exit 0; }
		continue
	fi
	[ -n "$only_source" ] || ! cached || finish
	fetch || {
		[ "$known" = no ] || say "PAIR=$driver for Linux $release: not complete in the archive (above)"
		continue
	}
	[ -z "$only_source" ] || { echo "$parts/usr/src/$source-$driver"; exit 0; }
	! cached || finish
	[ "$known" = yes ] || say "driver $driver_version for Linux $release, because that is what the archive has:" \
		"no known pair, nobody has tried it"
	licence
	compile
	install_all
	finish
done <<EOF
$(echo "$candidates" | sed 's/^/yes /')
$(echo "$candidates" | sed 's/^/no /')
EOF
[ -z "$offline" ] || die "the archive cannot be reached, and what is there is not enough"
die "the archive has nothing complete${PAIR:+ for PAIR=$PAIR}"
