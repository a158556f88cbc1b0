#!/bin/sh
# What the image, the demo and the QEMU tests are made of, from Debian's archive in build/parts/:
#
#   scripts/parts.sh [PART…]            fetches what is not there, and says what each part is made of
#   scripts/parts.sh missing [PART…]    names what is not there, and asks no archive
#
# PART: tools (busybox, kexec-tools), stage (kernel, and what modules for it are built with), dom0 (kernel and its
# drivers), xen; these four if none is named. Besides: python (for an image with PYTHON=yes), xen-4.17,
# xen-4.20, fonts (to read a screen with), and volumes (to make logical volumes and an xfs with).
set -eu

: "${BUILD:=build}"
export BUILD

# One line a part: its name, the suite, and the set as scripts/fetch.sh takes it.
table() {
	cat <<-'EOT'
		tools bookworm kexec-tools busybox-static +libxen*
		stage bookworm modules:linux-image-cloud-amd64
		dom0 bookworm kernel:linux-image-amd64
		xen bookworm xen-hypervisor-4.17-amd64
		python bookworm python3.11-minimal libpython3.11-stdlib=@ +libpython3.11-minimal +libexpat1 +zlib1g +libffi8 +libbz2-1.0 +liblzma5
		xen-4.17 bookworm xen-hypervisor-4.17-amd64
		xen-4.20 trixie xen-hypervisor-4.20-amd64
		fonts bookworm console-setup-linux
		volumes bookworm lvm2 xfsprogs +libaio1 +libbsd0 +libdevmapper-event1.02.1 +libedit2 +libinih1 +libmd0 +liburcu8
	EOT
}

# fetch PART [--there]
fetch() {
	line=$(table | grep "^$1 ") || {
		echo "parts: $1 is none of: $(table | cut -d ' ' -f 1 | paste -sd ' ' | sed 's/ /, /g')" >&2
		exit 2
	}
	set -f
	# shellcheck disable=SC2086 # a list of words
	set -- "${2:-}" $line
	set +f
	option=$1 part=$2 suite=$3
	shift 3
	# shellcheck disable=SC2086 # no option, no word
	"$(dirname "$0")/fetch.sh" $option "$suite" "$BUILD/parts/$part" "$@"
}

only_missing=
[ "${1:-}" != missing ] || { only_missing=yes; shift; }
[ $# -gt 0 ] || set -- tools stage dom0 xen
missing=
for part; do
	fetch "$part" --there || missing="$missing $BUILD/parts/$part"
done
if [ -n "$only_missing" ]; then
	[ -z "$missing" ] || echo "${missing# }"
	exit 0
fi
[ -z "$missing" ] || echo "parts: to be fetched:$missing"
for part; do
	fetch "$part" || {
		code=$?
		echo "parts: still missing: $("$0" missing "$@")" >&2
		exit "$code"
	}
	made_of=$(sed -n 's/^package \([^=]*\)=/\1 /p' "$BUILD/parts/$part/.archive" | paste -sd ',' | sed 's/,/, /g')
	echo "parts: $part: $made_of"
done
