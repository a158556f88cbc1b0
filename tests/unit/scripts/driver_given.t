#!/bin/sh
# A driver of one's own (DRIVER= of make image, scripts/driver.sh): what does not belong together, is not whole or does
# not fit is refused before anything is built or fetched, with one message; what fits is built once. The driver, its
# modules and the kernel's headers are stand-ins of some lines; tests/driver/given.t has NVIDIA's real files.
set -u
export LC_ALL=C

: "${CC:=gcc}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
good=$work/good
BUILD=$work/build
export BUILD CC
unset KERNEL PAIR FLAVOUR GPU DRIVER

. tests/tap.sh

not() {
	! "$@"
}

# said COMMAND…: what it prints is in $work/said, and in the log of a check; its standard output alone in $work/out.
said() {
	"$@" >"$work/out" 2>"$work/said"
	code=$?
	cat "$work/out" "$work/said"
	return "$code"
}

# library FILE SONAME VERSION [NEEDED]
library() {
	echo "const char version[] = \"version $3\";" >"$work/library.c"
	[ -z "${4:-}" ] || "$CC" -shared -nostdlib -Wl,-soname,"$4" -o "$work/$4" -x c /dev/null
	"$CC" -shared -nostdlib -Wl,-soname,"$2" -o "$1" "$work/library.c" \
		${4:+-Wl,--no-as-needed "$work/$4"}
}

# firmware FILE VERSION
firmware() {
	printf '%s\0' "$2" >"$work/version"
	"$CC" -x c -c -o "$1" /dev/null
	objcopy --add-section .fwversion="$work/version" "$1"
}

# source FOLDER VERSION LICENCE: modules that are made by a Makefile of ours, which says what it was asked for.
source_of() {
	mkdir -p "$1/nvidia"
	echo "ccflags-y += -DNV_VERSION_STRING=\\\"$2\\\"" >"$1/Kbuild"
	"$CC" -x c -c -o "$1/nvidia/nv-kernel.o_binary" /dev/null
	cat >"$1/Makefile" <<-END
		.RECIPEPREFIX = >
		modules:
		> \$(MAKE) nvidia.ko nvidia-uvm.ko
		%.ko:
		> printf 'const char facts[] __attribute__((section(".modinfo"), used)) = "%s\\\\0%s\\\\0%s";' \\
		>	"vermagic=\$(KERNEL_UNAME) SMP" "version=$2" "license=$3" | \$(CC) -x c -c -o \$@ -
	END
}

# installer FOLDER VERSION
installer() {
	source_of "$1/kernel-open" "$2" "Dual MIT/GPL"
	source_of "$1/kernel" "$2" "NVIDIA"
	mkdir -p "$1/firmware" "$1/32"
	firmware "$1/firmware/gsp_ga10x.bin" "$2"
	firmware "$1/firmware/gsp_tu10x.bin" "$2"
	for name in libcuda libnvidia-ml libnvidia-ptxjitcompiler; do
		library "$1/$name.so.$2" "$name.so.1" "$2"
	done
	cp "$1/libcuda.so.$2" "$1/32/libcuda.so.$2"
	echo "terms" >"$1/LICENSE"
	printf 'NVIDIA Accelerated Graphics Driver for Linux-x86_64\n%s\n' "$2" >"$1/.manifest"
}

installer "$good" 610.1.2
headers=$work/headers
mkdir -p "$headers/include/config"
: >"$headers/Makefile"
: >"$headers/Module.symvers"
echo 6.1.0-dom0 >"$headers/include/config/kernel.release"
printf 'CONFIG_MODVERSIONS=y\nCONFIG_CC_VERSION_TEXT="nothing-of-that-name (x) 1"\n' >"$headers/include/config/auto.conf"

# look: the stage's side of it, without a kernel.
look() {
	said scripts/driver/look.sh all "$@"
}

facts() {
	for fact; do grep -qxF "$fact" "$work/out" || { echo "no $fact"; return 1; }; done
}

check "an installer's folder is taken" look "$good"
check "and what of it" facts version=610.1.2 "modules=$good/kernel-open" tree= "libraries=$good" \
	"firmware=$good/firmware" "library=$good/libcuda.so.610.1.2" "library=$good/libnvidia-ml.so.610.1.2" \
	"library=$good/libnvidia-ptxjitcompiler.so.610.1.2"
check "its proprietary modules, if these are wanted" env FLAVOUR=proprietary scripts/driver/look.sh all "$good"

# A source tree has its modules' core in source, and neither libraries nor firmware.
tree=$work/tree
mkdir -p "$tree/src/nvidia"
source_of "$tree/kernel-open" 610.1.2 "Dual MIT/GPL"
rm "$tree/kernel-open/nvidia/nv-kernel.o_binary"
printf 'NVIDIA_VERSION = 610.1.2\nNVIDIA_NVID_VERSION = 610.1.2\n' >"$tree/version.mk"
: >"$tree/utils.mk"
echo "terms of the tree" >"$tree/COPYING"
# shellcheck disable=SC2016 # make's variables
printf 'all:\n\tmkdir -p _out/Linux_x86_64\n\t%s\n' \
	'$(CC) $(EXTRA_CFLAGS) -x c -c -o _out/Linux_x86_64/nv-kernel.o /dev/null' >"$tree/src/nvidia/Makefile"
check "a source tree with the installer's libraries is taken" look "$tree" "$good"
check "and what of which" facts "modules=$tree/kernel-open" "tree=$tree" "libraries=$good" "firmware=$good/firmware"

# firmware_of GPU NAMES: what of the firmware an image for these gets.
firmware_of() {
	said env GPU="$1" initramfs/firmware.sh "$good/firmware"
	[ "$(paste -sd ' ' "$work/out")" = "$2" ]
}
check "firmware for all GPUs" firmware_of all "./gsp_ga10x.bin ./gsp_tu10x.bin"
check "one file" firmware_of gsp_ga10x ./gsp_ga10x.bin
check "that of an A100" firmware_of 10de:20b0 ./gsp_tu10x.bin
check "of a driver that has none, none" said env GPU=gsp_tu10x initramfs/firmware.sh "$work/nothing"
check "and no word about it" test ! -s "$work/out"

# Libraries that want others of NVIDIA's.
cp -r "$good" "$work/more"
library "$work/more/libnvidia-ptxjitcompiler.so.610.1.2" libnvidia-ptxjitcompiler.so.1 610.1.2 libnvidia-gpucomp.so.610.1.2
library "$work/more/libnvidia-gpucomp.so.610.1.2" libnvidia-gpucomp.so.610.1.2 610.1.2
check "a library that needs another one of NVIDIA's" look "$work/more"
check "brings it along" facts "library=$work/more/libnvidia-gpucomp.so.610.1.2"

# image_refuses MESSAGE FOLDER[:FOLDER] [VARIABLE=VALUE…]: by one message (with the table of a mixed one), before
# anything is fetched or left.
image_refuses() {
	message=$1 driver=$2
	shift 2
	rm -rf "$BUILD"
	! said env "$@" DRIVER="$driver" scripts/image.sh && [ ! -s "$work/out" ] && grep -qE "$message" "$work/said" &&
		[ "$(grep -vcE '^driver: (  |unpacking )' "$work/said")" -eq 1 ] && [ -z "$(find "$BUILD" -type f 2>/dev/null)" ]
}

# wrong DESCRIPTION MESSAGE COMMAND [VARIABLE=VALUE…]: the good folder after the command, which runs inside it.
wrong() {
	description=$1 message=$2 command=$3
	shift 3
	rm -rf "$work/bad"
	cp -r "$good" "$work/bad"
	(cd "$work/bad" && eval "$command")
	check "refused: $description" image_refuses "$message" "$work/bad" "$@"
}

wrong "libcuda of another version" "bad: not of one version, and such a driver refuses to work:" \
	"rm libcuda.so.*; library libcuda.so.550.9 libcuda.so.1 550.9"
check "with what is of which version" grep -qE "^driver:   550.9  .*bad/libcuda.so.550.9$" "$work/said"
check "file by file" grep -qE "^driver:   610.1.2  .*bad/kernel-open/Kbuild$" "$work/said"
wrong "two libcudas" "not of one version" "library libcuda.so.550.9 libcuda.so.1 550.9"
wrong "modules of another version" "not of one version" "source_of kernel-open 535.9 'Dual MIT/GPL'"
wrong "NVML of another version" "not of one version" "rm libnvidia-ml*; library libnvidia-ml.so.535.1 x 535.1"
wrong "firmware of another version" "not of one version" "firmware firmware/gsp_tu10x.bin 535.9"
wrong "a manifest of another version" "not of one version" "echo 1.2 >.manifest; echo 570.1 >>.manifest"
check "refused: a tree and an installer of two versions" not look "$tree" "$work/bad"
wrong "a library that only its name says is of this version" "libcuda.so.610.1.2 does not have its version, 610.1.2, inside" \
	"library libcuda.so.610.1.2 libcuda.so.1 550.9"
wrong "no libcuda" "has no libcuda.so.610.1.2: a source tree has neither" "rm libcuda.so.*"
wrong "no compiler of PTX" "has no libnvidia-ptxjitcompiler.so.610.1.2: nothing could run CUDA" "rm libnvidia-ptx*"
wrong "a library that another one needs is missing" "ptxjitcompiler.so.610.1.2 needs libnvidia-gpucomp.so.610.1.2" \
	"cp ../more/libnvidia-ptx* ."
wrong "a library cut short" "libcuda.so.610.1.2 is not ELF" ": >libcuda.so.610.1.2"
wrong "a library for aarch64" "libcuda.so.610.1.2 is for another processor than x86_64" \
	"printf '\\267' | dd of=libcuda.so.610.1.2 bs=1 seek=18 conv=notrunc status=none"
wrong "modules for aarch64" "nv-kernel.o_binary is for another processor" \
	"printf '\\267' | dd of=kernel-open/nvidia/nv-kernel.o_binary bs=1 seek=18 conv=notrunc status=none"
wrong "firmware cut short" "gsp_ga10x.bin does not say its version" "echo x >firmware/gsp_ga10x.bin"
wrong "no firmware" "has no GSP firmware" "rm -r firmware"
wrong "no core of the driver" "nv-kernel.o_binary is missing: it is part of an installer" \
	"rm kernel-open/nvidia/nv-kernel.o_binary"
wrong "a driver of before 515" "no open kernel modules \(kernel-open/\), only proprietary ones" "rm -r kernel-open"
wrong "open modules where proprietary ones are wanted" "no proprietary kernel modules" "rm -r kernel" \
	FLAVOUR=proprietary
wrong "a flavour that there is not" "FLAVOUR=libre is neither" "true" FLAVOUR=libre
wrong "a folder of something else" "holds no kernel modules of NVIDIA's" "rm -r kernel kernel-open"
wrong "a choice of GPUs that an older driver's firmware does not know" \
	"GPU=gsp_ga10x needs firmware called gsp_ga10x, and this driver's is gsp_ad10x, gsp_tu10x: choose" \
	"mv firmware/gsp_ga10x.bin firmware/gsp_ad10x.bin" GPU=gsp_ga10x
wrong "a choice that a driver with one firmware for all does not know" "this driver's is gsp: choose" \
	"mv firmware/gsp_ga10x.bin firmware/gsp.bin; rm firmware/gsp_tu10x.bin" GPU=gsp_tu10x
wrong "a choice of GPUs that there is not" "GPU=hopper is none of all" "true" GPU=hopper
wrong "a pair of Debian's besides" "PAIR=550.163.01 is a driver of Debian's, DRIVER=.* one of yours" "true" \
	PAIR=550.163.01
check "refused: a source tree alone" image_refuses \
	"tree has no libcuda.so.610.1.2: .*DRIVER=$tree:NVIDIA-Linux-x86_64-610.1.2.run" "$tree"
check "refused: a name that is none" image_refuses "there is no file or folder $work/nothing" "$work/nothing"
check "refused: a second name that is none" image_refuses "no file or folder $work/nothing" "$tree:$work/nothing"
check "refused: a text instead of an installer" image_refuses "README.md is no installer of NVIDIA's" README.md
VERSION=610.1.2 tests/driver/installer.sh "$good" "$work/driver.run"
head -c 2000 "$work/driver.run" >"$work/damaged.run"
damaged() {
	! said env DRIVER="$work/damaged.run" scripts/image.sh && grep -q "damaged.run is damaged: its MD5" "$work/said" &&
		[ -z "$(find "$BUILD" -type f -o -name 'installer-*' 2>/dev/null)" ]
}
check "refused: a damaged installer" damaged

# for_dom0 DRIVER [VARIABLE=VALUE…]: its modules, for the stand-in of a dom0's kernel.
for_dom0() {
	driver=$1
	shift
	said env "$@" DRIVER="$driver" scripts/driver.sh --for "$headers"
}

# made LINE…: what was built is whole, and says these of itself.
made() {
	made=$(cat "$work/out")
	(cd "$made" && sha256sum --quiet -c sha256sums) || return 1
	[ "$(modinfo -F vermagic "$made/modules/nvidia-uvm.ko")" = "6.1.0-dom0 SMP" ] || return 1
	[ "$(paste -sd ' ' "$made/modules/order")" = "nvidia nvidia-uvm" ] || return 1
	for line; do grep -qxE "$line" "$made/versions" || { cat "$made/versions"; return 1; }; done
	[ -z "$(find "$BUILD/driver" -maxdepth 1 -name 'work-*' ! -name '*.log' -o -maxdepth 1 -name '*.new*')" ]
}

# nothing_new: the last call built nothing and said nothing.
nothing_new() {
	[ ! -s "$work/said" ]
}

rm -rf "$BUILD"
# Debian's headers: kernel.release is not what the kernel calls itself, and settings have no quotes.
debian=$work/debian
cp -r "$headers" "$debian"
mkdir "$debian/include/generated"
echo 6.1.192 >"$debian/include/config/kernel.release"
echo '#define UTS_RELEASE "6.1.0-dom0"' >"$debian/include/generated/utsrelease.h"
printf '#!/bin/sh\n: >%s/asked\nexec gcc "$@"\n' "$work" >"$work/gcc-of-that-kernel"
chmod +x "$work/gcc-of-that-kernel"
printf 'CONFIG_MODVERSIONS=y\nCONFIG_CC_VERSION_TEXT=gcc-of-that-kernel (Debian 12.2.0) 12.2.0\n' \
	>"$debian/include/config/auto.conf"
check "modules for Debian's headers" said env -u CC PATH="$work:$PATH" DRIVER="$good" scripts/driver.sh --for "$debian"
check "are for the kernel that is called so" made kernel=6.1.0-dom0
check "and by its compiler" test -e "$work/asked"
rm -rf "$BUILD"
check "modules for a dom0's kernel" for_dom0 "$good"
check "are built" made driver=610.1.2 kernel=6.1.0-dom0 flavour=open known=no source=good
check "for that kernel's folder" grep -qx "$BUILD/driver/given-610.1.2-for-6.1.0-dom0" "$work/out"
check "with libraries and firmware beside them, as a trial takes it" test \
	"$(cd "$BUILD/driver/given-610.1.2-for-6.1.0-dom0" && find firmware lib -type f | sort | paste -sd ' ')" = \
	"firmware/nvidia/610.1.2/gsp_ga10x.bin firmware/nvidia/610.1.2/gsp_tu10x.bin lib/libcuda.so.1 \
lib/libnvidia-ml.so.1 lib/libnvidia-ptxjitcompiler.so.1"
check "and no kernel of the stage" test ! -e "$BUILD/driver/given-610.1.2-for-6.1.0-dom0/vmlinuz"
check "with the driver's terms" grep -qx terms "$BUILD/driver/given-610.1.2-for-6.1.0-dom0/licence/LICENSE"
check "a second time" for_dom0 "$good"
check "nothing is done" nothing_new
check "the installer itself" for_dom0 "$work/driver.run"
check "is unpacked, and gives the same" not grep -q building "$work/said"
check "the installer again" for_dom0 "$work/driver.run"
check "is not unpacked again" nothing_new
mkdir "$work/with blanks"
cp -r "$good" "$work/with blanks/my driver"
echo "# changed" >>"$work/with blanks/my driver/kernel-open/Kbuild"
chmod -R a-w "$work/with blanks/my driver"
check "a folder that was changed, with blanks in its name, that may only be read" for_dom0 "$work/with blanks/my driver"
check "is built" made "source=my driver"
chmod -R u+w "$work/with blanks"
cp "$work/driver.run" "$work/with blanks/my:driver.run"
check "an installer with blanks and a colon in its name" for_dom0 "$work/with blanks/my:driver.run"
check "is built again from what it holds" made "source=my:driver.run"
check "a source tree" for_dom0 "$tree"
check "has its core built first" made source=tree
check "and has no libraries" test ! -e "$BUILD/driver/given-610.1.2-for-6.1.0-dom0/lib"
check "of the tree and an installer" for_dom0 "$tree:$good"
check "they come along" test -e "$BUILD/driver/given-610.1.2-for-6.1.0-dom0/lib/libcuda.so.1"
check "the tree stays as it was" not test -e "$tree/src/nvidia/_out"
check "the folder of the modules' source itself" for_dom0 "$good/kernel-open"
check "is enough" made source=kernel-open
check "the proprietary ones" for_dom0 "$good" FLAVOUR=proprietary
check "are built beside the open ones" made flavour=proprietary
check "what was there stays" test -f "$BUILD/driver/given-610.1.2-for-6.1.0-dom0/modules/nvidia.ko"

# build_refuses MESSAGE DRIVER [VARIABLE=VALUE…]: the build ends with it as the last line, code 1, and nothing half
# made is left.
build_refuses() {
	message=$1
	shift
	rm -rf "$BUILD"
	! for_dom0 "$@" && [ ! -s "$work/out" ] && tail -n 1 "$work/said" | grep -qE "$message" &&
		[ -z "$(find "$BUILD/driver" -mindepth 1 ! -name '*.log' ! -name .lock 2>/dev/null)" ]
}

# broken DESCRIPTION MESSAGE LINES: the modules' Makefile has these instead.
broken() {
	rm -rf "$work/bad"
	cp -r "$good" "$work/bad"
	printf 'modules:\n%b' "$3" >"$work/bad/kernel-open/Makefile"
	check "refused: $1" build_refuses "$2" "$work/bad"
}

broken "modules that do not compile" "610.1.2 does not build for Linux 6.1.0-dom0; the whole output is in .*log" \
	'\t@echo "nv.c:1: error: that is it"; false\n'
check "with the compiler's words" grep -q "nv.c:1: error: that is it" "$work/said"
broken "modules that need what the kernel has not" "610.1.2 needs of Linux 6.1.0-dom0 what that does not have: foo, bar" \
	'\t@printf %s\\\\n "WARNING: modpost: \\"foo bar\\" [/x/nvidia.ko] undefined!"\n'
broken "the same where it is an error" "what that does not have: foo$|not have: foo " \
	'\t@printf %s\\\\n "ERROR: modpost: \\"foo\\" [/x/nvidia.ko] undefined!"; false\n'
broken "a disk that is full" "no room left in $BUILD for building 610.1.2" \
	'\t@echo "as: nv.o: No space left on device"; false\n'
# shellcheck disable=SC2016 # make's variable
check "refused: modules for another kernel" build_refuses "came out for Linux 5.4 SMP, not for 6.1.0-dom0" \
	"$(cp -r "$good" "$work/magic" && sed -i 's/\$(KERNEL_UNAME)/5.4/' "$work/magic/kernel-open/Makefile" &&
		echo "$work/magic")"
check "refused: modules that call themselves otherwise" build_refuses "nvidia.ko says it is 535.1, not 610.1.2" \
	"$(cp -r "$good" "$work/other" && sed -i 's/version=610.1.2/version=535.1/' "$work/other/kernel-open/Makefile" &&
		echo "$work/other")"
check "refused: proprietary modules under the name of open ones" build_refuses 'nvidia.ko is not open: its licence is "NVIDIA"' \
	"$(cp -r "$good" "$work/closed" && cp "$good/kernel/Makefile" "$work/closed/kernel-open/" && echo "$work/closed")"

# The source alone, as make evidence takes it.
check "the source of a driver's modules" said env DRIVER="$work/driver.run" scripts/driver.sh source
check "is in what was unpacked of it" grep -qx "$BUILD/parts/installer-.*/kernel-open" "$work/out"
check "of a source tree" said env DRIVER="$tree" scripts/driver.sh source
check "it is the tree's own" grep -qx "$tree/kernel-open" "$work/out"

# A build that is interrupted: WHOM - for its whole group, as a terminal does it, nothing for the script alone.
cp -r "$good" "$work/slow"
printf 'modules:\n\ttouch started; sleep 600.%s\n' $$ >"$work/slow/kernel-open/Makefile"
interrupted() {
	rm -rf "$BUILD"
	DRIVER="$work/slow" env --default-signal=INT setsid scripts/driver.sh --for "$headers" >"$work/out" 2>&1 &
	for _ in $(seq 100); do
		[ -z "$(find "$BUILD/driver" -name started 2>/dev/null)" ] || break
		sleep 0.1
	done
	env kill -s "$1" -- "$2$!" || return 1
	! wait $! && ! pgrep -f "^sleep 600.$$" && [ -z "$(find "$BUILD/driver" -mindepth 1 ! -name '*.log' ! -name .lock)" ]
}
check "an interrupted build leaves nothing" interrupted INT -
check "nor does one whose terminal goes" interrupted HUP -
check "nor one whose script is ended, and nothing goes on" interrupted TERM ""

unwritable() {
	! said env BUILD=/proc/forestage DRIVER="$1" scripts/driver.sh --for "$headers" &&
		tail -n 1 "$work/said" | grep -q "driver: /proc/forestage/$2 cannot be written"
}
check "refused: a build folder that cannot be written" unwritable "$good" driver
check "refused: one that an installer cannot be unpacked in" unwritable "$work/driver.run" parts

# headers_refused MESSAGE FOLDER
headers_refused() {
	! said env DRIVER="$good" scripts/driver.sh --for "$2" && grep -qE "$1" "$work/said" &&
		[ "$(wc -l <"$work/said")" -eq 1 ]
}
check "refused: a folder that is no kernel's" headers_refused "no folder that modules are built with" "$work"
check "refused: a folder that is none" headers_refused "no folder that modules are built with" "$work/nothing"
rm "$headers/Module.symvers"
check "refused: headers without the symbols' versions" headers_refused "has no Module.symvers" "$headers"
: >"$headers/Module.symvers"
check "refused: both kernels" build_refuses "KERNEL=own is a kernel of the stage's, --for is for another" "$good" KERNEL=own
usage() {
	said env "$@"
	[ "$code" -eq 2 ]
}
check "modules alone are of a driver of one's own" usage scripts/driver.sh --modules
check "and so is another kernel" usage scripts/driver.sh --for "$headers"
check "another kernel has to be named" usage DRIVER="$good" scripts/driver.sh --for
plan
