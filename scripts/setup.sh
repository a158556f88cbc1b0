#!/bin/sh
# Installs the Debian packages that a target needs and that are missing:
#
#   scripts/setup.sh TOOLS…            TOOLS: build demo test driver kernel dist host
#   scripts/setup.sh missing TOOLS…    only names them, and asks no archive
#
# Only this script installs anything; kernels, Xen and the parts of the image are fetched and
# unpacked under build/ instead (scripts/fetch.sh).
set -eu

build="gcc libc6-dev make clang-14 gnu-efi libjansson-dev libinih-dev libxxhash-dev"
demo="$build qemu-system-x86 ovmf mtools dosfstools cpio gzip xz-utils zstd lz4 kmod jq uuid-runtime"
test="$demo libelf1 libcmocka-dev libclang-rt-14-dev clang-format-14 perl shellcheck python3
	python3-jsonschema python3-editorconfig gdb man-db git rpm sbsigntool openssl systemd
	apt-utils gpg gpg-agent erofs-utils ansible-core ansible-lint yamllint"
host="$test mmdebstrap qemu-utils fdisk e2fsprogs"
driver="gcc gcc-12 libc6-dev libelf1 make bc kmod xz-utils"
dist="$build dpkg rpm cpio gzip"
kernel="gcc-12 libc6-dev make bc bison flex libelf-dev lz4 xz-utils"

only_name=
[ "${1:-}" != missing ] || { only_name=yes; shift; }
wanted=
[ $# -gt 0 ] || set -- none
for tools; do
	case $tools in
	build) wanted="$wanted $build" ;;
	demo) wanted="$wanted $demo" ;;
	test) wanted="$wanted $test" ;;
	driver) wanted="$wanted $driver" ;;
	kernel) wanted="$wanted $kernel" ;;
	dist) wanted="$wanted $dist" ;;
	host) wanted="$wanted $host" ;;
	*)
		echo "usage: scripts/setup.sh [missing] build|demo|test|driver|kernel|dist|host…" >&2
		exit 2
		;;
	esac
done

# shellcheck disable=SC2086 # a list of words
missing=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null |
	awk -v wanted="$wanted" '$1 == "installed" { there[$2] = 1 }
		END {
			count = split(wanted, names)
			for (i = 1; i <= count; i++)
				if (!(names[i] in there) && !seen[names[i]]++)
					print names[i]
		}' | paste -sd ' ')
if [ -n "$only_name" ]; then
	[ -z "$missing" ] || echo "$missing"
	exit 0
fi
[ -n "$missing" ] || exit 0

echo "installing: $missing"
if [ "$(id -u)" -eq 0 ]; then sudo=; else sudo=sudo; fi
export DEBIAN_FRONTEND=noninteractive
# lists that cannot be read anew may still do: what counts is whether apt can install
$sudo apt-get -qq update || :
# shellcheck disable=SC2086 # lists of words
$sudo apt-get -qq -o DPkg::Lock::Timeout=300 install -y --no-install-recommends $missing >/dev/null || {
	echo "setup: could not install (apt says why above): $missing" >&2
	echo "setup: they are needed once, from Debian's archive; without a network, install them by other means" >&2
	exit 1
}
