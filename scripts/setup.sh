#!/bin/sh
# Installs the Debian packages that a target needs and that are missing:
# scripts/setup.sh build|demo|test|driver|kernel|dist|host
# Only this script installs anything; kernels, Xen and the parts of the image are fetched and
# unpacked under build/ instead (scripts/fetch.sh).
set -eu

build="gcc libc6-dev make clang-14 gnu-efi libjansson-dev libinih-dev libxxhash-dev"
demo="$build qemu-system-x86 ovmf mtools dosfstools cpio gzip xz-utils zstd lz4 kmod jq uuid-runtime"
test="$demo libelf1 libcmocka-dev libclang-rt-14-dev clang-format-14 perl shellcheck python3
	python3-jsonschema python3-editorconfig gdb man-db git rpm sbsigntool openssl systemd"
host="$test mmdebstrap qemu-utils fdisk e2fsprogs"
driver="gcc gcc-12 libc6-dev libelf1 make bc kmod xz-utils"
dist="$build dpkg rpm cpio gzip"
kernel="gcc-12 libc6-dev make bc bison flex libelf-dev lz4 xz-utils"

case ${1:-} in
build) wanted=$build ;;
demo) wanted=$demo ;;
test) wanted=$test ;;
driver) wanted=$driver ;;
kernel) wanted=$kernel ;;
dist) wanted=$dist ;;
host) wanted=$host ;;
*)
	echo "usage: scripts/setup.sh build|demo|test|driver|kernel|dist|host" >&2
	exit 2
	;;
esac

missing=
for package in $wanted; do
	dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
		missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "installing:$missing"
if [ "$(id -u)" -eq 0 ]; then sudo=; else sudo=sudo; fi
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get -qq update
# shellcheck disable=SC2086 # lists of words
$sudo apt-get -qq install -y --no-install-recommends $missing >/dev/null
