#!/bin/sh
# Packs the stage's initramfs and reports its size by part:
#
#   initramfs/pack.sh FILE
#
# Needs a finished `make` and build/parts/tools (busybox, kexec-tools; scripts/fetch.sh). Environment:
#   DRIVER    rehearsal (default: the CUDA interpreter), none, or a folder with libcuda.so.1
#   COMPRESS  zstd (default), lz4, gzip or none
# The same inputs give the same bytes: sorted names, no times, no owners.
set -eu
export LC_ALL=C

: "${BUILD:=build}"
: "${DRIVER:=rehearsal}"
: "${COMPRESS:=zstd}"

[ $# -eq 1 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'; exit 2; }
image=$1
tools=$BUILD/parts/tools
root=$image.root
report=$image.parts

die() {
	echo "pack: $*" >&2
	exit 1
}

rm -rf "$root"
: >"$report"
mkdir -p "$root/bin" "$root/sbin" "$root/lib64" "$root/lib/x86_64-linux-gnu" \
	"$root/usr/lib/forestage" "$root/proc" "$root/sys" "$root/dev" "$root/run" "$root/tmp"

# add PART MODE SOURCE TARGET: one file of the image; binaries without their debugging symbols.
add() {
	[ -f "$3" ] || die "$3 is missing"
	install -m "$2" "$3" "$root/$4"
	case $(head -c 4 "$3" | od -An -tx1 | tr -d ' \n') in
	7f454c46) strip --strip-unneeded "$root/$4" 2>/dev/null || : ;;
	esac
	echo "$1 $(stat -c %s "$root/$4")" >>"$report"
}

# libraries PART SEARCH BINARY…: what the binaries need, from the folders SEARCH (a: b: …) first.
libraries() {
	part=$1 search=$2
	shift 2
	for binary in "$@"; do
		listing=$(LD_LIBRARY_PATH=$search ldd "$binary" 2>&1) || continue
		missing=$(echo "$listing" | awk '/not found/ { print $1 }')
		[ -z "$missing" ] || die "$binary needs $(echo "$missing" | tr '\n' ' '), which is not here"
		echo "$listing" | awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\/.*ld-linux/ { print $1 }'
	done | sort -u | while read -r library; do
		case $library in
		*/ld-linux-x86-64.so.2) target=lib64/ld-linux-x86-64.so.2 ;;
		*) target=lib/x86_64-linux-gnu/$(basename "$library") ;;
		esac
		[ -e "$root/$target" ] || add "$part" 755 "$library" "$target"
	done
}

add init 755 "$BUILD/initramfs/init" init
add runner 755 "$BUILD/runner/forestage-run" bin/forestage-run
add busybox 755 "$tools/bin/busybox" bin/busybox
add kexec 755 "$tools/sbin/kexec" sbin/kexec
ln -s busybox "$root/bin/sh"
libraries libc "" "$BUILD/runner/forestage-run"
libraries kexec "$(realpath "$tools")/usr/lib/x86_64-linux-gnu" "$tools/sbin/kexec"

case $DRIVER in
none) ;;
rehearsal)
	add driver 755 "$BUILD/rehearsal/libcuda.so.1" usr/lib/forestage/libcuda.so.1
	libraries driver "" "$BUILD/rehearsal/libcuda.so.1"
	;;
*)
	[ -f "$DRIVER/libcuda.so.1" ] || die "DRIVER=$DRIVER: no libcuda.so.1 there"
	for library in "$DRIVER"/lib*.so*; do
		add driver 755 "$library" "usr/lib/forestage/$(basename "$library")"
	done
	libraries driver "$(realpath "$DRIVER")" "$DRIVER/libcuda.so.1"
	# libcuda opens these by itself
	for library in libdl.so.2 libpthread.so.0 librt.so.1 libm.so.6; do
		[ -e "$root/lib/x86_64-linux-gnu/$library" ] ||
			add libc 755 "/lib/x86_64-linux-gnu/$library" "lib/x86_64-linux-gnu/$library"
	done
	;;
esac

find "$root" -exec touch -h -d @0 {} +
case $COMPRESS in
zstd) compress="zstd -q -15 -T1 -c" ;;
lz4) compress="lz4 -l -9 -c" ;;
gzip) compress="gzip -9 -n -c" ;;
none) compress="cat" ;;
*) die "COMPRESS=$COMPRESS is none of zstd, lz4, gzip, none" ;;
esac
(cd "$root" && find . -mindepth 1 | sort | cpio --quiet --reproducible -o -H newc -R 0:0) >"$image.cpio"
$compress <"$image.cpio" >"$image.new"
mv "$image.new" "$image"

awk '{ size[$1] += $2; total += $2 } END {
	for (part in size) printf "  %-10s %9d bytes\n", part, size[part] | "sort"
	close("sort"); printf "  %-10s %9d bytes\n", "together", total }' "$report"
echo "  $(basename "$image"): $(stat -c %s "$image") bytes ($COMPRESS)"
