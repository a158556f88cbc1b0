# A driver of one's own (DRIVER= of driver.sh, which sources this): unpacked, looked at, built for the stage's kernel
# or for another one.
# shellcheck shell=sh
: "${BUILD:?}" "${DRIVER:?}" "${FLAVOUR:?}" "${wanted:?}" "${only_source=}" "${for_dom0=}"

# given_folder PLACE: the folder that it is, or that it is unpacked into, in $place. The same installer is unpacked once.
given_folder() {
	place=$1
	[ ! -d "$place" ] || return 0
	[ -f "$place" ] || die "DRIVER=$DRIVER: there is no file or folder $place"
	place=$BUILD/parts/installer-$(sha256sum <"$1" | cut -c 1-16)
	[ ! -d "$place" ] || return 0
	say "unpacking $(basename "$1")"
	mkdir -p "$BUILD/parts" || die "$BUILD/parts cannot be written"
	"$here/driver/unpack.sh" "$1" "$place" || exit 1
}

# given_places: DRIVER=FIRST or FIRST:SECOND as folders in $first and $second. A name with a colon is one name.
given_places() {
	first=$DRIVER second=
	case $DRIVER in
	*:*) [ -e "$DRIVER" ] || first=${DRIVER%:*} second=${DRIVER##*:} ;;
	esac
	given_folder "$first"
	first=$place
	[ -n "$second" ] || return 0
	given_folder "$second"
	second=$place
}

# A dom0's folder brings libraries and firmware along where they are there: a source tree alone has neither.
given_wanted() {
	[ -z "$for_dom0" ] || [ -z "$(find -L "$first" ${second:+"$second"} -maxdepth 1 -name 'libcuda.so.*')" ] || wanted=all
}

# given_facts: what look.sh says of them.
given_facts() {
	given_wanted
	facts=$(FLAVOUR=$FLAVOUR "$here/driver/look.sh" "$wanted" "$first" ${second:+"$second"}) || exit 1
	driver=$(fact version) source=$(fact modules) tree=$(fact tree)
	libraries=$(fact libraries) firmware=$(fact firmware)
	[ "$wanted" = modules ] || [ -z "$firmware" ] || initramfs/firmware.sh "$firmware" >/dev/null || exit 1
}

fact() {
	echo "$facts" | sed -n "s/^$1=//p"
}

# hash_of FOLDER NAME…: of the files below it that are called so. Half-built things count as nothing.
hash_of() {
	(
		cd "$1" || exit 1
		shift
		find -L "$@" -name _out -prune -o -type f -print | sort | xargs -d '\n' sha256sum
	)
}

# given_hash: of all that is taken. So a folder in which something was changed is another driver.
given_hash() {
	{
		if [ -n "$tree" ]; then hash_of "$tree" version.mk utils.mk src kernel-open; else hash_of "$source" .; fi
		[ -z "$firmware" ] || hash_of "$firmware" .
		fact library | while read -r file; do sha256sum <"$file"; done
	} | sha256sum | cut -d ' ' -f 1
}

# release_of HEADERS: what the kernel calls itself, and its modules after it. Debian's kernel.release says another thing.
release_of() {
	sed -n 's/^#define UTS_RELEASE "\([^"]*\)".*/\1/p' "$1/include/generated/utsrelease.h" 2>/dev/null | grep . ||
		cat "$1/include/config/kernel.release" 2>/dev/null
}

# given_headers: the kernel of a dom0, by the folder that its modules are built with. Older settings have quotes around
# a text, newer ones have none.
given_headers() {
	release=$(release_of "$for_dom0") || release=
	if [ ! -f "$for_dom0/Makefile" ] || [ -z "$release" ]; then
		die "--for $for_dom0: no folder that modules are built with (/lib/modules/RELEASE/build, a package of headers)"
	fi
	headers=$(cd "$for_dom0" && pwd)
	settings=$headers/include/config/auto.conf
	[ -f "$headers/Module.symvers" ] || ! grep -qs '^CONFIG_MODVERSIONS=y' "$settings" ||
		die "$headers has no Module.symvers: modules built with it would not be loaded"
	compiler=$(sed -n 's/^CONFIG_CC_VERSION_TEXT="*\([^ "]*\) .*/\1/p' "$settings" 2>/dev/null | head -n 1)
	command -v "${compiler:-none}" >/dev/null || compiler=gcc
	out=$BUILD/driver/given-$driver$suffix-for-$release
	key="$hash $release $(cat "$settings" "$headers/Module.symvers" 2>/dev/null | sha256sum | cut -c 1-16) $FLAVOUR"
	packages=/dev/null
}

# given_kernel: the stage's kernel: ours, or that of the newest pair that can be had.
given_kernel() {
	compiler=$(pairs | awk 'NR == 1 { print $8 }')
	if [ -n "$KERNEL" ]; then
		own_kernel
	else
		kernel_of_pairs || die "no kernel to build it for: $no_kernel"
	fi
	driver=$(fact version)
	[ "$wanted" = all ] || suffix=$suffix-modules
	out=$BUILD/driver/given-$driver$suffix
	key="$hash $kernel_key $FLAVOUR $recipe"
}

given_install() {
	mkdir -p "$new/modules" "$new/licence"
	install_modules
	for name in LICENSE COPYING; do
		[ ! -f "$first/$name" ] || install -m 644 "$first/$name" "$new/licence/$name"
	done
	[ -n "$for_dom0" ] || {
		install -m 644 "$image" "$new/vmlinuz"
		install -m 644 "$config" "$new/config"
	}
	[ "$wanted" = all ] || return 0
	mkdir -p "$new/lib"
	fact library | while read -r file; do
		# libcuda opens the others by these names
		name=$(readelf -dW "$file" | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p')
		install -m 755 "$file" "$new/lib/${name:-$(basename "$file" ".$driver").1}"
	done
	[ -n "$firmware" ] || return 0
	mkdir -p "$new/firmware/nvidia/$driver"
	install -m 644 "$firmware"/gsp*.bin "$new/firmware/nvidia/$driver/"
}

given() {
	given_places
	given_facts
	[ -z "$only_source" ] || return 0
	hash=$(given_hash)
	if [ -n "$for_dom0" ]; then given_headers; else given_kernel; fi
	cached && return 0
	begin_build
	cached && return 0
	say "$driver ($FLAVOUR) from $DRIVER"
	compile "$source" "$tree"
	given_install
	known=no
	printf '%s\n' "source=$(basename "$DRIVER")" "source.sha256=$hash" >"$work.source"
	finish_build "$packages" "$work.source"
	rm -f "$work.source"
}
