#!/bin/sh
# Unpacks the stage's initramfs (without a driver) and the sample jobs into a folder, for tests on a
# machine with a GPU: tests/gpu/root.sh FOLDER
set -eu

: "${BUILD:=build}"
[ $# -eq 1 ] || { echo "usage: tests/gpu/root.sh FOLDER" >&2; exit 2; }
root=$1

rm -rf "$root"
mkdir -p "$root"
DRIVER=none COMPRESS=none initramfs/pack.sh "$root.img" >/dev/null
(cd "$root" && cpio --quiet -idm && cpio --quiet -idm) <"$root.img"
# What a driver's libcuda needs besides the C library; an image with a driver has them.
for library in libdl.so.2 libpthread.so.0 librt.so.1 libm.so.6 libgcc_s.so.1; do
	cp -L "/lib/x86_64-linux-gnu/$library" "$root/lib/x86_64-linux-gnu/"
done
mkdir -p "$root/forestage"
cp -rL samples/jobs "$root/forestage/jobs"
rm -rf "$root.img"*
