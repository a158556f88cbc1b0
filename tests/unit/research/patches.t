#!/bin/sh
# The patches of research/nvidia-pat against the driver's sources that are here: Debian's, where they were fetched
# (make evidence, make image), and SOURCE, a folder kernel-open of any other version. Each has to be taken without fuzz
# by the versions that its own text names, and what has been patched has to be the driver with the objection gone. What
# the patches say of themselves is compared with README.md wherever this runs.
set -u
: "${BUILD:=build}"
: "${SOURCE:=}"

patches=research/nvidia-pat
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

. tests/tap.sh

# named PATCH: the versions that it names, one a line.
named() {
	sed -n '/^Checked to apply/,/^Lines of context/p' "$1" | grep -oE '[0-9]{3}\.[0-9]+(\.[0-9]+)?'
}

version_of() {
	sed -n 's/.*NV_VERSION_STRING=\\"\([0-9.]*\)\\".*/\1/p' "$1/Kbuild" | head -n 1
}

is_complete() {
	[ -n "$(named "$1")" ] && grep -q '^--- a/' "$1"
}

# Each version of the patch stands in its line of README.md, and no other.
readme_agrees() {
	line=$(grep "^| \`$(basename "$1")\`" $patches/README.md) || { echo "README.md has no line for it"; return 1; }
	echo "$line" | cut -d'|' -f 4 | grep -oE '[0-9]{3}\.[0-9]+(\.[0-9]+)?' | sort >"$work/readme"
	named "$1" | sort >"$work/named"
	if [ "$(basename "$1")" = write-combining.patch ]; then
		sed -i '/^610/d' "$work/named" # it names it as the first that needs no patch
		sed -i '/^610/d' "$work/readme"
	fi
	diff "$work/named" "$work/readme"
}

# Nothing but a patch of the driver's files, below the folder kernel-open.
touches_known_files() {
	! sed -n 's|^+++ b/||p' "$1" | grep -vE '^(common/inc|nvidia)/[a-z-]+\.[ch]$'
}

# takes TREE PATCH: as `build.sh` applies it.
takes() {
	patch -s -d "$1" -p1 -F0 <"$2"
}

# In the patched tree: no build switch decides about a dom0 any more, and every index is taken.
is_changed() {
	! grep -n 'NV_DOM0_KERNEL_PRESENT' "$1/nvidia/nv-dma.c" || return 1
	grep -q 'xen_initial_domain()' "$1/nvidia/os-interface.c" || return 1
	[ ! -f "$1/nvidia/nv-pat.c" ] || ! grep -n 'PAT configuration unsupported' "$1/nvidia/nv-pat.c"
}

# The newest patch that names the version, as build.sh chooses.
dma_patch_of() {
	for patch in $(printf '%s\n' $patches/dom0-dma-*.patch | sort -r); do
		named "$patch" | grep -qxF "$1" && { echo "$patch"; return; }
	done
}

for patch in "$patches"/*.patch; do
	check "$(basename "$patch") says what it applies to" is_complete "$patch"
	check "$(basename "$patch"): README.md says the same" readme_agrees "$patch"
	check "$(basename "$patch") changes files of the driver only" touches_known_files "$patch"
done

found=no
for source in "$BUILD"/parts/driver-*/usr/src/nvidia-current-open-* $SOURCE; do
	[ -f "$source/nvidia/nv-vm.c" ] || continue
	[ ! -L "$(echo "$source" | sed 's|/usr/src/.*||')" ] || continue # two names of one folder
	found=yes
	version=$(version_of "$source")
	cp -rp "$source" "$work/$version"
	if named $patches/write-combining.patch | grep -qxF "$version" && [ -f "$work/$version/nvidia/nv-pat.c" ]; then
		check "$version takes write-combining.patch" takes "$work/$version" $patches/write-combining.patch
	fi
	patch=$(dma_patch_of "$version")
	if [ -n "$patch" ]; then
		check "$version takes $(basename "$patch")" takes "$work/$version" "$patch"
		check "$version is changed by it" is_changed "$work/$version"
	else
		check "$version is one that a patch names" false
	fi
	rm -rf "${work:?}/$version"
done
[ "$found" = yes ] ||
	skip "a version of the driver takes them" "no source is here: make evidence fetches Debian's, SOURCE= names another"
plan
