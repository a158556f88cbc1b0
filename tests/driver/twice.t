#!/bin/sh
# `make image DRIVER=debian` twice from the same packages, in two folders, with another umask, time zone and
# language: every file of the bundle has the same bytes. The second time everything is unpacked and built anew.
set -u
: "${BUILD:=build}"
export BUILD
: "${IMAGE_VARIABLES:=GPU=gsp_ga10x PYTHON=yes}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
echo 1..3

result() {
	if [ "$2" -eq 0 ]; then
		echo "ok $1 - $3"
		return
	fi
	echo "not ok $1 - $3"
	tail -n 30 "$work/log" | sed 's/^/# /'
	exit 1
}

# shellcheck disable=SC2086 # a list of words
make --no-print-directory image DRIVER=debian $IMAGE_VARIABLES >"$work/log" 2>&1
result 1 $? "the bundle is made: DRIVER=debian $IMAGE_VARIABLES"

# The working tree as it is, and of what was made only the packages.
copy=$work/another/folder-with-a-longer-name
mkdir -p "$copy/build/apt"
git ls-files -z --cached --others --exclude-standard | cpio --quiet -0pdm "$copy"
cp -rl "$BUILD/downloads" "$copy/build/downloads" 2>/dev/null || cp -r "$BUILD/downloads" "$copy/build/downloads"
for suite in "$BUILD"/apt/*; do
	[ ! -d "$suite" ] || mkdir -p "$copy/build/apt/$(basename "$suite")"
	[ ! -d "$suite" ] || cp -rp "$suite/lists" "$suite"/*.list "$suite/read" "$copy/build/apt/$(basename "$suite")/"
done
(
	umask 077
	cd "$copy" || exit 1
	# shellcheck disable=SC2086
	env BUILD=build TZ=Pacific/Kiritimati LC_ALL=C.UTF-8 MAKEFLAGS= \
		make --no-print-directory image DRIVER=debian $IMAGE_VARIABLES
) >"$work/log" 2>&1
result 2 $? "it is made again in another folder"

# unpack BUILD FOLDER: both archives of the image, the first of which is not packed.
unpack() {
	mkdir -p "$2"
	blocks=$(cd "$2" && cpio -id 2>&1 <"$OLDPWD/$1/image/initramfs.img" | sed -n 's/ blocks\{0,1\}$//p')
	tail -c "+$((blocks * 512 + 1))" "$1/image/initramfs.img" | zstd -dcq | (cd "$2" && cpio -id --quiet)
}

if diff "$BUILD/image/sha256sums" "$copy/build/image/sha256sums" >"$work/log" &&
	(cd "$copy/build/image" && sha256sum --quiet -c sha256sums) >>"$work/log" 2>&1; then
	sed 's/^/# /' "$BUILD/image/sha256sums"
else
	echo "what differs inside the image:" >>"$work/log"
	unpack "$BUILD" "$work/unpacked/here"
	unpack "$copy/build" "$work/unpacked/there"
	diff -rq "$work/unpacked/here" "$work/unpacked/there" >>"$work/log" 2>&1
	false
fi
result 3 $? "all files of both are the same: $(wc -l <"$BUILD/image/sha256sums")"
