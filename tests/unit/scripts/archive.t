#!/bin/sh
# Every state that Debian's archive can be in, played with archives of the test's own: each time a set that is complete,
# or one message and an exit code, and nothing that is half unpacked.
# shellcheck disable=SC2046,SC2016 # lists of words; make's variables
set -u
export LC_ALL=C

work=$(mktemp -d)
end() {
	gpgconf --kill all 2>/dev/null
	rm -rf "$work"
}
trap end EXIT
trap 'exit 1' INT TERM

. tests/tap.sh

for tool in apt-ftparchive gpg apt-get dpkg-deb; do
	command -v "$tool" >/dev/null || skip_all "$tool is not installed (scripts/setup.sh test)"
done
unset PAIR FLAVOUR KERNEL COMPONENTS CC
export BUILD="$work/build" GNUPGHOME="$work/gnupg" SOURCES="$work/sources.list"
archive=$work/archive
pool=$work/pool # of packages, from which each archive takes some
mkdir -m 700 "$GNUPGHOME"
mkdir "$pool"

# apt without the machine's own configuration, and without tables for sixty thousand packages: clearing those is most
# of what it does for ten.
export APT_CONFIG="$work/apt.conf"
cat >"$APT_CONFIG" <<-END
	Dir::Etc::Parts "/dev/null";
	APT::Cache-HashTableSize "101";
	APT::Cache-Start "1000000";
END

# --- packages ---

# package NAME VERSION [DEPENDS [FOLDER]]: with what is in FOLDER, and always with something that tells the version.
package() {
	root=$work/root
	rm -rf "$root"
	mkdir -p "$root/DEBIAN" "$root/usr/share/$1" "$root/usr/share/doc/$1"
	[ -z "${4:-}" ] || cp -r "$4/." "$root/"
	echo "$2" >"$root/usr/share/$1/version"
	echo "terms of $1" >"$root/usr/share/doc/$1/copyright"
	{
		echo "Package: $1"
		echo "Version: $2"
		echo "Architecture: amd64"
		[ -z "${source_name:-}" ] || echo "Source: $source_name"
		echo "Maintainer: Nobody <nobody@localhost>"
		[ -z "${3:-}" ] || echo "Depends: $3"
		echo "Description: a package of a test"
	} >"$root/DEBIAN/control"
	dpkg-deb --root-owner-group -Znone -b "$root" "$pool/$1_$2.deb" >/dev/null
}

# A module as modinfo sees it: module FILE RELEASE VERSION
module() {
	printf 'static const char info[] __attribute__((used, section(".modinfo"))) = "%s\\0%s\\0depends=";\n' \
		"version=$3" "vermagic=$2 SMP" | gcc -x c -c -o "$1" -
}

# kernel FLAVOUR ABI VERSION META: image, headers and the meta package that leads to the image.
kernel() {
	release=$2-$1 files=$work/files
	rm -rf "$files"
	mkdir -p "$files/boot" "$files/lib/modules/$release/kernel"
	echo "kernel $release" >"$files/boot/vmlinuz-$release"
	echo "CONFIG_NOTHING=y" >"$files/boot/config-$release"
	[ "$1" != amd64 ] || module "$files/lib/modules/$release/kernel/msr.ko" "$release" 1
	package "linux-image-$release" "$3" "" "$files"
	package "$4" "$3" "linux-image-$release (= $3)"
	rm -rf "$files"
	mkdir -p "$files/usr/src/linux-headers-$release"
	printf 'include /usr/src/linux-headers-%s-common/Makefile\n' "$2" >"$files/usr/src/linux-headers-$release/Makefile"
	package "linux-headers-$release" "$3" "linux-headers-$2-common (= $3), linux-kbuild-6.1 (>= $3)" "$files"
}

# What kernels of one version have in common: common ABI VERSION
common() {
	files=$work/files
	rm -rf "$files"
	mkdir -p "$files/usr/src/linux-headers-$1-common"
	# shellcheck disable=SC2016 # make's and its shell's
	printf 'modules:\n\tfor file in $(M)/*.c; do touch $${file%%%%.c}.ko; done\n' \
		>"$files/usr/src/linux-headers-$1-common/Makefile"
	package "linux-headers-$1-common" "$2" "" "$files"
	package linux-kbuild-6.1 "$2"
}

# hypervisor SERIES VERSION
hypervisor() {
	rm -rf "$work/files"
	mkdir -p "$work/files/boot"
	echo "Xen $2" | gzip -n >"$work/files/boot/xen-$1-amd64.gz"
	package "xen-hypervisor-$1-amd64" "$2" "" "$work/files"
}

# driver UPSTREAM VERSION: NVIDIA's packages in outline. Its Makefile makes modules for the kernel it is told.
driver() {
	files=$work/files source=$work/files/usr/src/nvidia-current-open-$1
	rm -rf "$files"
	mkdir -p "$source"
	cat >"$source/nvidia.c" <<-END
		static const char info[] __attribute__((used, section(".modinfo"))) =
			"version=$1\\0license=Dual MIT/GPL\\0vermagic=" RELEASE " SMP\\0depends=";
	END
	mkdir "$source/nvidia"
	touch "$source/nvidia/nv-vm.c" "$source/nvidia/nv-kernel.o_binary"
	echo "EXTRA_CFLAGS += -DNV_VERSION_STRING=\\\"$1\\\"" >"$source/Kbuild"
	cat >"$source/Makefile" <<-'END'
		modules: ; mkdir -p conftest && gcc -DRELEASE='"$(KERNEL_UNAME)"' -c -o nvidia.ko nvidia.c && cp nvidia.ko nvidia-uvm.ko
	END
	package nvidia-open-kernel-dkms "$2" "firmware-nvidia-gsp (= $2)" "$files"
	source_name=nvidia-graphics-drivers
	package nvidia-alternative "$2"
	rm -rf "$files"
	mkdir -p "$files/lib/firmware/nvidia/$1"
	echo firmware >"$files/lib/firmware/nvidia/$1/gsp_ga10x.bin"
	package firmware-nvidia-gsp "$2" "" "$files"
	for library in cuda nvidia-ptxjitcompiler nvidia-ml; do
		rm -rf "$files"
		mkdir -p "$files/usr/lib/x86_64-linux-gnu/nvidia/current"
		echo "$1" >"$files/usr/lib/x86_64-linux-gnu/nvidia/current/lib$library.so.$1"
		package "lib${library}1" "$2" "nvidia-alternative (= $2)" "$files"
	done
	source_name=
}

# --- archives ---

# suite NAME PACKAGE_VERSION…: a suite of the archive; made once, under a path of all these words.
suite() {
	IFS=/
	made="$work/made/${signer:-nobody}/$*/.suite"
	unset IFS
	[ -d "$made" ] || make_suite "$@" || return 1
	rm -rf "$archive/dists/$1" "$archive/pool/$1"
	mkdir -p "$archive"
	cp -r "$made/." "$archive/"
}

make_suite() {
	name=$1
	mkdir -p "$made/dists/$1/main/binary-amd64" "$made/pool/$1"
	shift
	(cd "$pool" && cp $(printf '%s.deb ' "$@") "$made/pool/$name/") || return 1
	(cd "$made" && apt-ftparchive packages "pool/$name") >"$made/dists/$name/main/binary-amd64/Packages" &&
		release_file "$made/dists/$name"
}

# release_file FOLDER: of the index in it. Signed only where that matters: apt takes three times as long for the
# signatures as for all the rest.
release_file() {
	dist=$1
	rm -f "$dist"/*Release
	apt-ftparchive -o "APT::FTPArchive::Release::Codename=${1##*/}" -o "APT::FTPArchive::Release::Suite=${1##*/}" \
		-o APT::FTPArchive::Release::Architectures=amd64 -o APT::FTPArchive::Release::Components=main \
		release "$dist" >"$work/Release" || return 1
	if [ -n "${signer:-}" ]; then
		gpg --batch --quiet --yes --local-user "$signer" --clear-sign --output "$dist/InRelease" "$work/Release"
	else
		cp "$work/Release" "$dist/Release"
	fi
}

# state [SUITE…]: a new beginning: nothing fetched, an empty archive, and sources that name these suites.
state() {
	rm -rf "$archive" "$work/build"
	[ $# -gt 0 ] || set -- bookworm bookworm-security
	option=trusted=yes
	[ -z "${signer:-}" ] || option=signed-by=$work/key.gpg
	for name; do
		echo "deb [$option] copy:$archive $name main"
	done >"$SOURCES"
}

kernel_of() {
	printf '%s ' "linux-image-cloud-amd64_$2" "linux-image-$1-cloud-amd64_$2" "linux-headers-$1-cloud-amd64_$2" \
		"linux-headers-$1-common_$2"
}

# The point release, whole, beside which the security suite moves.
release_suite() {
	suite bookworm $(kernel_of 6.1.0-50 6.1.176-1) linux-kbuild-6.1_6.1.176-1
}

# --- what is tested ---

# stage [EXIT_CODE]: fetches the stage's kernel with what modules for it are built with; the messages are in $work/said.
stage() {
	code=0
	scripts/fetch.sh bookworm "$BUILD/parts/stage" modules:linux-image-cloud-amd64 >"$work/said" 2>&1 || code=$?
	cat "$work/said"
	[ "$code" -eq "${1:-0}" ] || { echo "exit code $code, not ${1:-0}"; return 1; }
	clean
}

# Nothing half-made: no folder without its mark, nothing partial, and only files with the right name below downloads.
clean() {
	for part in "$BUILD"/parts/*; do
		[ ! -e "$part" ] || [ -f "$part/.fetched" ] || { echo "left: $part"; return 1; }
	done
	! find "$BUILD" -path "$BUILD/apt" -prune -o \( -name '*.partial' -o -name .partial -o -name '*.FAILED' \) \
		-print | grep .
}

# chose FOLDER PACKAGE=VERSION…: exactly these, and unpacked.
chose() {
	part=$BUILD/parts/$1
	shift
	sed -n 's/^package //p' "$part/.archive" | sort >"$work/chosen"
	printf '%s\n' "$@" | sort | diff - "$work/chosen" || return 1
	for package; do
		version=
		read -r version <"$part/usr/share/${package%%=*}/version"
		[ "$version" = "${package#*=}" ] || { echo "$package: other bytes"; return 1; }
	done
}

# stage_is ABI VERSION KBUILD
stage_is() {
	chose stage "linux-image-$1-cloud-amd64=$2" "linux-headers-$1-cloud-amd64=$2" "linux-headers-$1-common=$2" \
		"linux-kbuild-6.1=$3"
}

said() {
	grep -qE -- "$1" "$work/said" || { echo "it did not say: $1"; cat "$work/said"; return 1; }
}

# In a message that gives up, each line comes once and bears our name.
one_message() {
	! grep -v '^[a-z-]*: ' "$work/said" && [ -z "$(grep '^fetch:   ' "$work/said" | sort | uniq -d)" ]
}

newest() {
	state
	release_suite
	suite bookworm-security $(kernel_of 6.1.0-56 6.1.192-2) linux-kbuild-6.1_6.1.192-2
	stage && stage_is 6.1.0-56 6.1.192-2 6.1.192-2 && ! said 'passed over'
}

mid_update() {
	state
	release_suite
	suite bookworm-security $(kernel_of 6.1.0-56 6.1.192-2) linux-kbuild-6.1_6.1.192-3
	stage && stage_is 6.1.0-56 6.1.192-2 6.1.192-3
}

# kernel 6.1.192-2 is there, but what its headers need is not yet
unresolvable() {
	state
	release_suite
	suite bookworm-security $(kernel_of 6.1.0-56 6.1.192-2)
	stage && stage_is 6.1.0-50 6.1.176-1 6.1.176-1 || return 1
	said 'linux-headers-6.1.0-56-cloud-amd64 needs linux-kbuild-6.1 \(>= 6.1.192-2\)' &&
		grep -q '^passed over linux-image-cloud-amd64 6.1.192-2: .*linux-kbuild-6.1' "$BUILD/parts/stage/.archive"
}

headers_missing() {
	state
	release_suite
	suite bookworm-security linux-image-cloud-amd64_6.1.192-2 linux-image-6.1.0-56-cloud-amd64_6.1.192-2 \
		linux-kbuild-6.1_6.1.192-2
	stage && stage_is 6.1.0-50 6.1.176-1 6.1.192-2 && said 'linux-headers-6.1.0-56-cloud-amd64'
}

nothing_complete() {
	state
	suite bookworm $(kernel_of 6.1.0-50 6.1.176-1)
	suite bookworm-security $(kernel_of 6.1.0-56 6.1.192-2)
	stage 1 || return 1
	said 'no complete set for .*parts/stage' && said '192-2: .*linux-kbuild-6.1 \(>= 6.1.192-2\)' &&
		said '176-1: .*linux-kbuild-6.1 \(>= 6.1.176-1\)' && said 'lists are .*bookworm-security of .* bookworm of ' &&
		said 'run it again' && one_message
}

gone_since() {
	state
	release_suite
	suite bookworm-security $(kernel_of 6.1.0-56 6.1.192-2) linux-kbuild-6.1_6.1.192-2
	scripts/fetch.sh bookworm "$BUILD/parts/other" linux-kbuild-6.1 || return 1
	suite bookworm-security $(kernel_of 6.1.0-57 6.1.192-3) linux-kbuild-6.1_6.1.192-3
	stage && stage_is 6.1.0-57 6.1.192-3 6.1.192-3
}

gone() {
	state
	release_suite
	suite bookworm-security $(kernel_of 6.1.0-56 6.1.192-2) linux-kbuild-6.1_6.1.192-2
	rm "$archive/pool/bookworm-security/linux-kbuild-6.1_6.1.192-2.deb"
	stage && stage_is 6.1.0-50 6.1.176-1 6.1.176-1 && said 'passed over' && said 'linux-kbuild-6.1_6.1.192-2_amd64.deb'
}

# damage FILE: other bytes, the same size.
damage() {
	printf X | dd of="$1" bs=1 seek=200 conv=notrunc status=none
}

damaged() {
	state
	release_suite
	suite bookworm-security $(kernel_of 6.1.0-56 6.1.192-2) linux-kbuild-6.1_6.1.192-2
	damage "$archive/pool/bookworm-security/linux-kbuild-6.1_6.1.192-2.deb"
	stage && stage_is 6.1.0-50 6.1.176-1 6.1.176-1 && said 'linux-kbuild-6.1_6.1.192-2_amd64.deb' || return 1
	[ ! -e "$BUILD/downloads/bookworm/linux-kbuild-6.1_6.1.192-2_amd64.deb" ]
}

damaged_only() {
	state bookworm
	release_suite
	damage "$archive/pool/bookworm/linux-kbuild-6.1_6.1.176-1.deb"
	stage 1 && said 'linux-kbuild-6.1_6.1.176-1_amd64.deb: ' && one_message
}

# It is what the list says and no package all the same.
not_a_package() {
	state bookworm
	release_suite
	scripts/fetch.sh bookworm "$BUILD/parts/stage" linux-kbuild-6.1 || return 1
	truncate -s 300 "$archive/pool/bookworm/linux-headers-6.1.0-50-common_6.1.176-1.deb"
	cp "$archive/dists/bookworm/main/binary-amd64/Packages" "$work/Packages"
	deb=$archive/pool/bookworm/linux-headers-6.1.0-50-common_6.1.176-1.deb
	awk -v size=300 -v sum="$(sha256sum "$deb" | cut -d ' ' -f 1)" '
		/^Package: / { ours = $2 == "linux-headers-6.1.0-50-common" }
		ours && /^Size: / { $0 = "Size: " size } ours && /^SHA256: / { $0 = "SHA256: " sum }
		ours && /^(MD5sum|SHA1|SHA512): / { next } { print }' "$work/Packages" \
		>"$archive/dists/bookworm/main/binary-amd64/Packages"
	release_file "$archive/dists/bookworm"
	rm "$BUILD/apt/bookworm/read"
	stage 1 && said 'does not unpack' && chose stage linux-kbuild-6.1=6.1.176-1
}

only_release() {
	state bookworm
	release_suite
	stage && stage_is 6.1.0-50 6.1.176-1 6.1.176-1
}

# The machine names a security suite that its mirror does not have.
no_security() {
	state
	release_suite
	stage && stage_is 6.1.0-50 6.1.176-1 6.1.176-1 && said "bookworm-security"
}

old_lists() {
	state
	release_suite
	suite bookworm-security $(kernel_of 6.1.0-56 6.1.192-2) linux-kbuild-6.1_6.1.192-2
	scripts/fetch.sh bookworm "$BUILD/parts/other" linux-kbuild-6.1 || return 1
	suite bookworm-security $(kernel_of 6.1.0-57 6.1.192-3) linux-kbuild-6.1_6.1.192-3
	# what they name is still there: it is their age alone
	cp "$pool"/*_6.1.192-2.deb "$archive/pool/bookworm-security/"
	touch -d '25 hours ago' "$BUILD/apt/bookworm/read"
	stage && stage_is 6.1.0-57 6.1.192-3 6.1.192-3
}

# What is unpacked needs neither archive nor lists.
there() {
	newest || return 1
	mv "$archive" "$archive.away"
	rm -rf "$BUILD/apt" "$BUILD/downloads"
	stage && stage_is 6.1.0-56 6.1.192-2 6.1.192-2
	code=$?
	mv "$archive.away" "$archive"
	[ "$code" -eq 0 ] && [ ! -s "$work/said" ]
}

unreachable() {
	state
	stage 3 && said 'parts/stage is missing' && said 'archive cannot be reached' && one_message
}

# Everything was downloaded once, lists and packages, and is unpacked again without the archive.
from_downloads() {
	newest || return 1
	rm -rf "$archive" "$BUILD/parts"
	touch -d '25 hours ago' "$BUILD/apt/bookworm/read"
	stage && stage_is 6.1.0-56 6.1.192-2 6.1.192-2 && said 'could not all be read anew'
}

cached_damaged() {
	newest || return 1
	cached=$BUILD/downloads/bookworm/linux-kbuild-6.1_6.1.192-2_amd64.deb
	damage "$cached"
	rm -rf "$BUILD/parts"
	stage && stage_is 6.1.0-56 6.1.192-2 6.1.192-2 && cmp "$cached" "$pool/linux-kbuild-6.1_6.1.192-2.deb"
}

cached_damaged_offline() {
	newest || return 1
	damage "$BUILD/downloads/bookworm/linux-kbuild-6.1_6.1.192-2_amd64.deb"
	rm -rf "$BUILD/parts" "$archive"
	stage 3 && said 'linux-kbuild-6.1_6.1.192-2_amd64.deb' && [ ! -e "$BUILD/parts/stage" ]
}

signed() {
	signer=ours
	newest
	code=$?
	signer=
	return "$code"
}

foreign() {
	signer=theirs
	state bookworm
	release_suite
	signer=
	stage 3 && said 'archive cannot be reached' && said 'NO_PUBKEY|not signed|signature'
}

at_once() {
	state bookworm
	release_suite
	scripts/fetch.sh bookworm "$BUILD/parts/stage" modules:linux-image-cloud-amd64 >"$work/first" 2>&1 &
	first=$!
	stage && wait "$first" && stage_is 6.1.0-50 6.1.176-1 6.1.176-1
}

# --- the other sets ---

tools() {
	scripts/fetch.sh bookworm "$BUILD/parts/tools" kexec-tools busybox-static '+libxen*'
}

tools_complete() {
	state
	suite bookworm busybox-static_1 kexec-tools_1:2 libxenmisc4.17_4.17.5 libxencall1_4.17.5
	suite bookworm-security libxenmisc4.17_4.17.7 libxencall1_4.17.7
	tools && chose tools busybox-static=1 kexec-tools=1:2 libxenmisc4.17=4.17.7 libxencall1=4.17.7
}

tools_mid_update() {
	state
	suite bookworm busybox-static_1 kexec-tools_1:2 libxenmisc4.17_4.17.5 libxencall1_4.17.5
	suite bookworm-security libxenmisc4.17_4.17.7
	tools && chose tools busybox-static=1 kexec-tools=1:2 libxenmisc4.17=4.17.5 libxencall1=4.17.5
}

source_of() {
	scripts/fetch.sh bookworm "$BUILD/parts/source" linux-source-6.1~6.1.176-1
}

preferred() {
	state
	suite bookworm linux-source-6.1_6.1.176-1
	suite bookworm-security linux-source-6.1_6.1.192-2
	source_of && chose source linux-source-6.1=6.1.176-1
}

preferred_gone() {
	state
	suite bookworm linux-source-6.1_6.1.190-1
	suite bookworm-security linux-source-6.1_6.1.192-2
	source_of && chose source linux-source-6.1=6.1.192-2
}

# --- make image, make evidence ---

nvidia() {
	printf "%s_$1 " nvidia-open-kernel-dkms firmware-nvidia-gsp libcuda1 libnvidia-ptxjitcompiler1 libnvidia-ml1 \
		nvidia-alternative
}

big_kernel_of() {
	printf '%s ' "linux-image-amd64_$2" "linux-image-$1-amd64_$2" "linux-headers-$1-amd64_$2" \
		"linux-headers-$1-common_$2" "linux-kbuild-6.1_$2"
}

image() {
	code=0
	CC=gcc scripts/driver.sh >"$work/folder" 2>"$work/said" || code=$?
	cat "$work/said"
	[ "$code" -eq "${1:-0}" ] || { echo "exit code $code, not ${1:-0}"; return 1; }
}

# pair_is DRIVER KERNEL KNOWN
pair_is() {
	versions=$(cat "$work/folder")/versions
	[ "$(sed -n 's/^\(driver\|kernel\|known\)=//p' "$versions" | sort | paste -sd ' ')" = \
		"$(printf '%s\n' "$@" | sort | paste -sd ' ')" ] || { cat "$versions"; return 1; }
	[ -d "$BUILD/parts/driver-kernel-$2/usr/src/linux-headers-$2" ] && [ -d "$BUILD/parts/driver-$1/usr/src" ]
}

# In the security suite, a package that the libraries need is newer than they are: apt would take that if it were not
# told otherwise.
pair_suites() {
	state bookworm bookworm-security trixie
	suite bookworm $(big_kernel_of 6.1.0-50 6.1.176-1) $(nvidia 535.261.03-1)
	suite bookworm-security $(big_kernel_of 6.1.0-56 6.1.192-2) nvidia-alternative_550.163.01-2
}

pair_known() {
	pair_suites
	suite trixie $(nvidia 550.163.01-2)
	image && pair_is 550.163.01 6.1.0-50-amd64 yes
}

# One library of the newer driver is not there yet: the older pair.
pair_incomplete() {
	pair_suites
	suite trixie nvidia-open-kernel-dkms_550.163.01-2 firmware-nvidia-gsp_550.163.01-2 libcuda1_550.163.01-2 \
		libnvidia-ptxjitcompiler1_550.163.01-2 nvidia-alternative_550.163.01-2
	image && pair_is 535.261.03 6.1.0-50-amd64 yes && said 'libnvidia-ml1'
}

# The kernel of the table has left the archive, and the driver has a newer version.
pair_unknown() {
	state bookworm bookworm-security trixie
	suite bookworm $(nvidia 535.261.03-1)
	suite bookworm-security $(big_kernel_of 6.1.0-56 6.1.192-2)
	suite trixie $(nvidia 550.163.01-3)
	image && pair_is 550.163.01 6.1.0-56-amd64 no && said 'no known pair' || return 1
	rm -rf "$archive"
	image && pair_is 550.163.01 6.1.0-56-amd64 no
}

pair_asked_for() {
	pair_suites
	suite trixie $(nvidia 550.163.01-2)
	PAIR=535.261.03 image && pair_is 535.261.03 6.1.0-50-amd64 yes && ! said 'passed over'
}

pair_none() {
	state bookworm bookworm-security trixie
	suite bookworm linux-kbuild-6.1_6.1.176-1
	suite bookworm-security linux-kbuild-6.1_6.1.192-2
	suite trixie $(nvidia 550.163.01-2)
	image 1 && said 'the archive has nothing complete' && [ ! -e "$BUILD/driver/550.163.01" ]
}

pair_unreachable() {
	state bookworm bookworm-security trixie
	image 1 && said 'the archive cannot be reached' && [ "$(grep -c 'reading' "$work/said")" -eq 1 ]
}

evidence() {
	code=0
	CC=gcc research/evidence/prepare.sh "$@" >"$work/said" 2>&1 || code=$?
	cat "$work/said"
}

evidence_suites() {
	pair_suites
	suite bookworm $(big_kernel_of 6.1.0-50 6.1.176-1) xen-hypervisor-4.17-amd64_4.17.5
	suite trixie $(nvidia 550.163.01-2) xen-hypervisor-4.20-amd64_4.20.0
	mkdir -p "$BUILD/dom0"
	echo forestage >"$BUILD/dom0/forestage"
}

evidence_complete() {
	evidence_suites
	evidence 550.163.01/stock
	[ "$code" -eq 0 ] && [ "$(cat "$BUILD/evidence/parts/xen-4.20")" = "Xen 4.20.0" ] &&
		grep -qx '550.163.01.kernel=6.1.0-50-amd64' "$BUILD/evidence/parts/versions" &&
		[ -s "$BUILD/evidence/parts/550.163.01/stock.cpio" ]
}

evidence_gone() {
	evidence_suites
	rm "$archive"/pool/trixie/xen-*
	evidence 550.163.01/stock
	[ "$code" -eq 1 ] && said 'xen-hypervisor-4.20-amd64_4.20.0_amd64.deb' && said 'still missing: .*parts/xen-4.20' &&
		[ ! -e "$BUILD/parts/xen-4.20" ]
}

# --- what is needed, said beforehand ---

needs_all() {
	state
	code=0
	scripts/needs.sh build -- tools stage xen-4.20 >"$work/said" 2>&1 || code=$?
	cat "$work/said"
	[ "$code" -eq 3 ] && said 'into: .*parts/tools .*parts/stage .*parts/xen-4.20$' && said 'needed once, with a network'
}

needs_nothing() {
	newest || return 1
	rm -rf "$archive" "$BUILD/apt" "$BUILD/downloads"
	[ -z "$(scripts/needs.sh build -- stage 2>&1)" ]
}

unknown_words() {
	for command in "parts.sh nothing" "parts.sh missing nothing" "setup.sh nothing" "setup.sh missing nothing" \
		"fetch.sh bookworm"; do
		code=0
		# shellcheck disable=SC2086
		scripts/$command >"$work/said" 2>&1 || code=$?
		[ "$code" -eq 2 ] || { echo "$command: exit code $code"; return 1; }
	done
}

{
	for who in ours theirs; do
		gpg --batch --quiet --passphrase '' --quick-gen-key "$who" ed25519 sign never
	done
	gpg --batch --export ours >"$work/key.gpg"
	kernel cloud-amd64 6.1.0-50 6.1.176-1 linux-image-cloud-amd64
	kernel cloud-amd64 6.1.0-56 6.1.192-2 linux-image-cloud-amd64
	kernel cloud-amd64 6.1.0-57 6.1.192-3 linux-image-cloud-amd64
	kernel amd64 6.1.0-50 6.1.176-1 linux-image-amd64
	kernel amd64 6.1.0-56 6.1.192-2 linux-image-amd64
	common 6.1.0-50 6.1.176-1
	common 6.1.0-56 6.1.192-2
	common 6.1.0-57 6.1.192-3
	hypervisor 4.17 4.17.5
	hypervisor 4.20 4.20.0
	driver 535.261.03 535.261.03-1
	driver 550.163.01 550.163.01-2
	driver 550.163.01 550.163.01-3
	package busybox-static 1
	package kexec-tools 1:2 "libxenmisc4.17"
	for version in 4.17.5 4.17.7; do
		package libxenmisc4.17 "$version" "libxencall1 (>= $version)"
		package libxencall1 "$version"
	done
	for version in 6.1.176-1 6.1.190-1 6.1.192-2; do
		package linux-source-6.1 "$version"
	done
} >"$work/log" 2>&1

check "complete, and signed: the newest set" signed
check "mid-update: a newer kbuild than the kernel's is what apt would take" mid_update
check "mid-update: what the headers need is not there: the point release, and why" unresolvable
check "mid-update: the headers themselves are not there" headers_missing
check "nothing is complete: one message with the pieces, the lists and what to do" nothing_complete
check "gone since the lists were read: they are read anew" gone_since
check "gone, but listed: the older set" gone
check "damaged in the archive: the older set" damaged
check "damaged in the archive, and nothing else: one message" damaged_only
check "what does not unpack leaves the part of before" not_a_package
check "only the release is configured" only_release
check "the security suite is configured, but not there" no_security
check "lists older than a day are read anew" old_lists
check "what is there asks no archive" there
check "unreachable: one message" unreachable
check "unreachable: what was downloaded is unpacked" from_downloads
check "a damaged download is fetched anew" cached_damaged
check "a damaged download is refused when there is no archive" cached_damaged_offline
check "lists that somebody else signed are refused" foreign
check "two at once" at_once
check "tools: the libraries that kexec needs come along" tools_complete
check "tools: half of Xen's libraries are new: the older ones" tools_mid_update
check "a version that is preferred" preferred
check "a version that is preferred and gone: the newest" preferred_gone
check "driver: the known pair" pair_known
check "driver: a pair of which a library is missing: the next one" pair_incomplete
check "driver: no known pair is left: the newest, and it is said; again without the archive" pair_unknown
check "driver: PAIR= takes that one" pair_asked_for
check "driver: nothing complete: no folder is left" pair_none
check "driver: unreachable" pair_unreachable
check "evidence: complete" evidence_complete
check "evidence: a hypervisor is gone" evidence_gone
check "what is missing is named at the start, all at once" needs_all
check "nothing is missing: nothing is said and nothing asked" needs_nothing
check "words that mean nothing" unknown_words
plan
