#!/bin/sh
# NVIDIA's driver for exactly one kernel, from Debian's packages or from a driver of one's own:
#
#   scripts/driver.sh           builds what is missing, prints the folder's name
#   scripts/driver.sh list      the known pairs, and which kernel each is for
#   scripts/driver.sh kernel    only fetches the pair's kernel from Debian, prints the folder it is unpacked in
#   scripts/driver.sh source    only fetches the pair, or unpacks and looks at DRIVER=, prints the folder of the
#                               modules' source
#   scripts/driver.sh --modules     of DRIVER= the kernel modules only, which need neither firmware nor libraries
#   scripts/driver.sh --for HEADERS   of DRIVER= what forestage trial --driver takes, for the kernel of a dom0; HEADERS
#                               is the folder that its modules are built with (/lib/modules/RELEASE/build, or that
#                               folder of its package of headers). Of a source tree alone: the kernel modules only
#
# The folder is build/driver/PAIR (with -proprietary behind it for that flavour, and -own for KERNEL=own); of a driver
# of one's own it is build/driver/given-VERSION, with -modules or -for-RELEASE behind it for those:
#   vmlinuz config              the kernel that the modules are for
#   modules/*.ko modules/order  stripped, not compressed; order: one name a line, as they are loaded
#   firmware/nvidia/VERSION/    the GSP images, for /lib/firmware
#   lib/                        libcuda.so.1, libnvidia-ptxjitcompiler.so.1, libnvidia-ml.so.1
#   licence/                    each package's copyright file
#   versions                    key=value: pair, known, flavour, kernel, driver, package.NAME, source, source.sha256
#   sha256sums                  of all files
#
# Environment: DRIVER (debian, the default, or NVIDIA's installer, a folder that it was unpacked into, a tree of its
# open-gpu-kernel-modules, or TREE:INSTALLER; docs/image.md),
# PAIR (a driver version; without it the newest pair that the archive still has, and when it
# has none any more, the driver and the kernel that it has now, which is said: known=no),
# FLAVOUR (open, the default, or proprietary), CC (instead of the pair's compiler), MAKE_JOBS (2),
# KERNEL (own: the stage's own kernel of scripts/kernel.sh, built from the same version's source).
# Nothing is installed; scripts/setup.sh driver installs the build tools. A second call does
# nothing. The same packages give the same bytes.
set -eu
export LC_ALL=C
umask 022

: "${BUILD:=build}"
: "${FLAVOUR:=open}"
: "${PAIR:=}"
: "${MAKE_JOBS:=2}"
: "${KERNEL:=}"
: "${DRIVER:=debian}"
export BUILD
here=$(dirname "$0")
case $DRIVER in
debian | rehearsal | none) DRIVER= ;; # the latter two are for who calls this
esac

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
	[ -z "$DRIVER" ] || exit 1
	say "known pairs:"
	pairs | awk '{ printf "driver:   PAIR=%s for Linux %s\n", $1, $4 }' >&2
	exit 1
}

usage() {
	sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'
	exit 2
}

only_kernel='' only_source='' wanted=all for_dom0=''
case $#${1:-} in
0) ;;
1kernel) only_kernel=yes KERNEL='' DRIVER='' ;;
1source) only_source=yes wanted=modules ;;
1list)
	pairs | awk '{ print $1, $4 }'
	exit 0
	;;
1--modules) wanted=modules ;;
2--for) wanted=modules for_dom0=$2 ;;
*) usage ;;
esac
if [ -z "$DRIVER$only_source" ] && [ "$wanted" = modules ]; then
	say "$1 is for a driver of your own: DRIVER=FILE.run or a folder"
	exit 2
fi
[ -z "$DRIVER" ] || [ -z "$PAIR" ] || die "PAIR=$PAIR is a driver of Debian's, DRIVER=$DRIVER one of yours: give one"
[ -z "$for_dom0" ] || [ -z "$KERNEL" ] || die "KERNEL=$KERNEL is a kernel of the stage's, --for is for another: give one"

# shellcheck source=scripts/driver/modules.sh
. "$here/driver/modules.sh"

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
	debian_kernel
	[ -z "$KERNEL" ] || outcome_own
}

debian_kernel() {
	image=$kernel/boot/vmlinuz-$release config=$kernel/boot/config-$release
	packages=$kernel/.packages
}

own_kernel() {
	release=$(sed -n 's/^kernel=//p' "$own/versions")
	kernel=$own image=$own/vmlinuz config=$own/config packages=$BUILD/parts/kernel-source/.packages
	kernel_key=$(sed -n 's/^key=//p' "$own/versions")
}

# It is known only if it is of the source that the table's kernel is of.
outcome_own() {
	[ "$known" = no ] || grep -qxF "package.linux-source-6.1=$kernel_version" "$own/versions" || known=other
	own_kernel
	key="$key $kernel_key"
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

install_all() {
	mkdir -p "$new/modules" "$new/lib" "$new/licence"
	install -m 644 "$image" "$new/vmlinuz"
	install -m 644 "$config" "$new/config"
	install_modules
	install_libraries
	install_firmware
	for copyright in "$parts"/usr/share/doc/*/copyright; do
		install -m 644 "$copyright" "$new/licence/$(basename "$(dirname "$copyright")")"
	done
	[ "$known" = yes ] || known=no
	finish_build "$packages" "$parts/.packages"
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

# With "yes" before them those that are known, then with "no" what the archive has in their place.
attempts() {
	echo "$candidates" | sed 's/^/yes /'
	echo "$candidates" | sed 's/^/no /'
}

no_kernel="the archive has none of the pairs', and no other"

# kernel_of_pairs: the kernel alone, of the newest pair whose one can be had.
kernel_of_pairs() {
	while read -r line; do
		# shellcheck disable=SC2086 # a list of words
		choose $line
		fetch_kernel || continue
		kernel_key=$kernel_version
		debian_kernel
		return 0
	done <<-EOF
		$(attempts)
	EOF
	[ -z "$offline" ] || no_kernel="the archive cannot be reached, and none is there"
	return 1
}

offline=
failed=
if [ -n "$DRIVER" ]; then
	# shellcheck source=scripts/driver/given.sh
	. "$here/driver/given.sh"
	given
	[ -z "$only_source" ] || out=$source
	finish
fi
if [ -n "$only_kernel" ]; then
	kernel_of_pairs || die "$no_kernel"
	echo "$kernel"
	exit 0
fi

# A pair that is there is used without asking the archive.
while read -r line; do
	# shellcheck disable=SC2086 # a list of words
	choose $line
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
	begin_build
	! cached || finish
	compile "$parts/usr/src/$source-$driver"
	install_all
	finish
done <<EOF
$(attempts)
EOF
[ -z "$offline" ] || die "the archive cannot be reached, and what is there is not enough"
die "the archive has nothing complete${PAIR:+ for PAIR=$PAIR}"
