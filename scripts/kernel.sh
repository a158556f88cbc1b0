#!/bin/sh
# The stage's own kernel, from Debian's kernel source and initramfs/kernel.config:
#
#   scripts/kernel.sh           builds it when it is not there yet, prints the folder's name
#   scripts/kernel.sh config    only the configuration, as a check of initramfs/kernel.config
#
# The folder is build/kernel/HASH, and build/kernel/current leads to the last one:
#   vmlinuz config              the kernel, a bzImage with an EFI stub, and its whole configuration
#   lib/modules/RELEASE         its own modules: the drivers of disks, and what a store's inputs need
#   source tree                 what NVIDIA's modules are built against (SYSSRC and SYSOUT)
#   versions                    key=value: key, kernel (uname -r), compiler, package.NAME, seconds
#
# Environment: CC (gcc-12), MAKE_JOBS (2). scripts/setup.sh kernel installs the build tools. HASH is of the
# source's version, the configuration, the compiler and this script: a second call does nothing. The
# same inputs give the same bytes, in whatever folder and at whatever time.
set -eu
export LC_ALL=C

: "${BUILD:=build}" "${CC:=gcc-12}" "${MAKE_JOBS:=2}"
export BUILD
unset MAKEFLAGS MAKELEVEL # of the make that called: its options are not for the kernel's
PATH=/usr/sbin:/usr/bin:/sbin:/bin # Kconfig records which Rust it finds: none

package=linux-source-6.1
known=6.1.176-1 # the kernel that scripts/driver.sh's pairs are known to build for
fragment=initramfs/kernel.config
recipe=2 # of this script: counts up when the same inputs give other bytes

say() {
	echo "kernel: $*" >&2
}

die() {
	say "$*"
	exit 1
}

command -v "$CC" >/dev/null || die "$CC is not here: run scripts/setup.sh kernel"
compiler=$("$CC" --version | head -n 1)
parts=$BUILD/parts/kernel-source

# choose VERSION: everything that follows from the source's version.
choose() {
	version=$1
	hash=$( (echo "$package $version $recipe $compiler" && cat "$fragment") | sha256sum | cut -c 1-16)
	out=$BUILD/kernel/$hash
	source=$BUILD/kernel/source-$version
}

# The known version while the archive has it, else the newest: the source is what others build from, and a kernel of
# another point release is better than none.
fetch() {
	scripts/fetch.sh bookworm "$parts" "$package~$known" >&2
	choose "$(sed -n "s/^package $package=//p" "$parts/.archive")"
	[ "$version" = "$known" ] ||
		say "the archive no longer has $package $known: taking $version, which the driver is not known to build for"
}

# 1.5 GB, unpacked once for all configurations.
unpack() {
	[ ! -e "$source/Makefile" ] || return 0
	say "unpacking $package $version"
	rm -rf "$source.new" "$source"
	mkdir -p "$source.new"
	tar -xf "$parts/usr/src/$package.tar.xz" --strip-components=1 -C "$source.new"
	mv "$source.new" "$source"
}

# kernel_make ARGUMENT…: in the source tree, with everything fixed that would get into the bytes.
kernel_make() {
	make -s -C "$source" O="$tree" -j"$MAKE_JOBS" ARCH=x86 CC="$CC" \
		KBUILD_BUILD_TIMESTAMP="$stamp" KBUILD_BUILD_USER=forestage \
		KBUILD_BUILD_HOST=forestage KBUILD_BUILD_VERSION=1 \
		KCFLAGS="-ffile-prefix-map=$absolute=linux" KAFLAGS="-ffile-prefix-map=$absolute=linux" \
		"$@" >>"$log" 2>&1 </dev/null
}

# Every line of the fragment must have come true; Kconfig drops what does not fit without a word.
check_config() {
	lost=
	while read -r line; do
		case $line in
		CONFIG_*) grep -qxF "$line" "$tree/.config" || lost="$lost ${line%%=*}" ;;
		'# CONFIG_'*' is not set')
			name=${line#\# }
			name=${name%% *}
			! grep -q "^$name=" "$tree/.config" || lost="$lost $name"
			;;
		esac
	done <"$fragment"
	[ -z "$lost" ] || die "$fragment asks for what the kernel does not give:$lost"
}

# A tree that an interrupted build left is gone on with.
configure() {
	mkdir -p "$tree"
	tree=$(cd "$tree" && pwd)
	absolute=$(cd "$source" && pwd)
	# the source's own date, as the package has it
	stamp=$(date -u -d "@$(stat -c %Y "$source/Makefile")" '+%a %b %e %H:%M:%S UTC %Y')
	KCONFIG_ALLCONFIG=$PWD/$fragment kernel_make allnoconfig || die "no configuration: see $log"
	check_config
}

# Modules of others need scripts, headers and Module.symvers of the tree, but none of its objects.
prune() {
	find "$tree" -type f \( -name '*.o' -o -name '*.ko' -o -name '*.a' -o -name '.*.cmd' -o -name 'vmlinux*' \) \
		! -path "$tree/scripts/*" ! -path "$tree/tools/*" -delete
}

# Without what only their debugging would need; initramfs/pack.sh looks for them by name, and needs no lists.
modules() {
	rm -rf "${out:?}/lib"
	kernel_make modules_install INSTALL_MOD_PATH="$(cd "$out" && pwd)" INSTALL_MOD_STRIP=1 DEPMOD=true ||
		die "the modules cannot be installed; the whole output is in $log"
	find "$out/lib/modules" -mindepth 2 -maxdepth 2 ! -name kernel -delete
}

build() {
	begin=$(date +%s)
	say "building Linux $version for the stage: five minutes on two processors (log: $log)"
	kernel_make bzImage modules || {
		grep -E '(error|Error)[: ]' "$log" | tail -n 5 >&2
		die "the kernel does not build; the whole output is in $log"
	}
	seconds=$(($(date +%s) - begin))
	cp "$tree/arch/x86/boot/bzImage" "$out/vmlinuz"
	cp "$tree/.config" "$out/config"
	modules
	ln -sfn "../source-$version" "$out/source"
	prune
	{
		echo "key=$hash"
		echo "kernel=$(cat "$tree/include/config/kernel.release")"
		echo "compiler=$compiler"
		echo "package.$package=$version"
		echo "seconds=$seconds"
	} >"$out/versions.new"
	mv "$out/versions.new" "$out/versions" # the last: what has it is finished
	say "Linux $(sed -n 's/^kernel=//p' "$out/versions"), $(stat -c %s "$out/vmlinuz") bytes, built in $seconds s"
}

case ${1:-} in
'') ;;
config)
	fetch
	unpack
	tree=$BUILD/kernel/config-only log=$BUILD/kernel/config-only.log
	configure
	cp "$tree/.config" "$BUILD/kernel/config"
	echo "$BUILD/kernel/config"
	exit 0
	;;
*)
	sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'
	exit 2
	;;
esac

choose "$known"
[ -f "$out/versions" ] || fetch
if [ ! -f "$out/versions" ]; then
	mkdir -p "$out"
	unpack
	tree=$out/tree log=$BUILD/kernel/$hash.log
	: >"$log"
	configure
	build
fi
ln -sfn "$hash" "$BUILD/kernel/current"
echo "$out"
