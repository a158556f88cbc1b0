#!/bin/sh
# A stand-in for NVIDIA's installer, packed as its makeself 1.6.0-nv2 does (as published with driver 390.48):
#
#   tests/driver/installer.sh FOLDER|TAR FILE
#
# The header's first lines, the sums and what they are of, a program embedded between header and archive, and the
# archive are as there; the script itself is ours, and leaves the file "executed" beside it when it is run.
# Environment: COMPRESS (xz, zstd, gzip, bzip2), VERSION (1.2.3), TARGET_OS, TARGET_ARCH, LABEL, MD5 (instead of the
# right one)
set -eu
export LC_ALL=C

: "${COMPRESS:=xz}" "${VERSION:=1.2.3}" "${TARGET_OS:=Linux}" "${TARGET_ARCH:=x86_64}" "${MD5:=}"
: "${LABEL:=NVIDIA Accelerated Graphics Driver for $TARGET_OS-$TARGET_ARCH $VERSION}"
[ $# -eq 2 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'; exit 2; }
file=$2

case $COMPRESS in
xz) options="-c -C none -1" ;;
*) options="-c -1" ;;
esac
cat >"$file.rest" <<-END
	skip=SKIP
	skip_decompress=22
	size_decompress=2
	label="$LABEL"
	version_string=$VERSION
	pkg_version=0
	script=./nvidia-installer
	targetdir="NVIDIA-$TARGET_OS-$TARGET_ARCH-$VERSION"
	scriptargs=""
	keep=n
	add_this_kernel=n
	apply_patch=n
	TMPROOT=\${TMPDIR:=/tmp}
	TARGET_OS="$TARGET_OS"
	TARGET_ARCH="$TARGET_ARCH"

	touch "\$0.executed"
	exit 0
END
printf 'embedded\001program\nof two lines\n' >>"$file.rest"
lines=$(($(wc -l <"$file.rest") + 4))
sed -i "s/^skip=SKIP$/skip=$lines/" "$file.rest"
if [ -d "$1" ]; then
	# shellcheck disable=SC2046,SC2086 # lists of words, here and below; as makeself does it
	(cd "$1" && tar -cf - --sort=name --owner=0 --group=0 $(find . -maxdepth 1 -mindepth 1 | sort)) >"$file.tar"
else
	cp "$1" "$file.tar"
fi
# shellcheck disable=SC2086
"$COMPRESS" $options <"$file.tar" >>"$file.rest"
: "${MD5:=$(md5sum <"$file.rest" | cut -d ' ' -f 1)}"
{
	echo '#! /bin/sh'
	echo "CRCsum=$(cksum <"$file.rest" | cut -d ' ' -f 1)"
	echo "MD5=$MD5"
	cat "$file.rest"
} >"$file"
rm "$file.rest" "$file.tar"
