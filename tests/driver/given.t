#!/bin/sh
# make image with an installer of NVIDIA's: a stand-in made of Debian's files of one version (tests/driver/unpacked.sh,
# tests/driver/installer.sh); a real one was not run. Its modules are built and load in the stage, its firmware and its
# libraries are taken, in QEMU with the outside of a GPU (tests/driver/gpu.py). What is damaged or mixed gives no bundle.
# Environment: PAIR (scripts/driver.sh)
. tests/e2e/lib.sh

set_up "no driver" scripts/driver.sh source
part=$(cat "$work/set-up.out")
part=${part%/usr/src/*}
unset PAIR
set_up "no stand-in of an installer's folder" tests/driver/unpacked.sh "$part" "$work/unpacked folder"
version=$(sed -n 2p "$work/unpacked folder/.manifest")
installer=$work/NVIDIA-Linux-x86_64-$version.run
set_up "no stand-in of an installer" env VERSION="$version" COMPRESS=zstd tests/driver/installer.sh \
	"$work/unpacked folder" "$installer"

# image DRIVER: the bundle; for the GPU that it is tried with here.
image() {
	env DRIVER="$1" GPU=gsp_ga10x COMPRESS=lz4 scripts/image.sh
}

# refused DRIVER MESSAGE: and what was there of an image stays.
refused() {
	rm -rf "$BUILD/image"
	! image "$1" >"$work/said" 2>&1
	code=$?
	cat "$work/said"
	[ "$code" -eq 0 ] && grep -qE "$2" "$work/said" && [ ! -e "$BUILD/image" ]
}

head -c -1000 "$installer" >"$work/short.run"
check "an installer that is cut short is refused" refused "$work/short.run" "short.run is damaged: its MD5"
cp "$installer" "$work/other.run"
printf 'other' | dd of="$work/other.run" bs=1 seek=50000000 conv=notrunc status=none
check "one with other bytes in it is refused" refused "$work/other.run" "other.run is damaged: its MD5"
cp -r "$work/unpacked folder" "$work/mixed"
mv "$work/mixed/libcuda.so.$version" "$work/mixed/libcuda.so.1.2.3"
check "a folder of two versions is refused" refused "$work/mixed" "mixed: not of one version"
rm -r "$work/mixed" "$work/short.run" "$work/other.run"

check "the installer gives a bundle" image "$installer"
check "of its version" grep -qx "driver=$version" "$BUILD/image/versions"
check "which says where it comes from" grep -qx "source=NVIDIA-Linux-x86_64-$version.run" "$BUILD/image/versions"
cp "$BUILD/image/sha256sums" "$work/first"
check "its folder gives the same one" image "$work/unpacked folder"
# "source" is the one thing in which they may differ
check "byte by byte" test "$(grep -v ' versions$' "$BUILD/image/sha256sums")" = "$(grep -v ' versions$' "$work/first")"
rm -r "$work/unpacked folder" "$installer"

stage_kernel=$BUILD/image/vmlinuz
cp "$BUILD/image/initramfs.img" "$work/initramfs.img"
pack_dom0
mkdir "$work/jobs"
cp -r samples/jobs/vecadd.* samples/jobs/data "$work/jobs/"
bundle JOBS="$work/jobs"

is_loaded() {
	event ".event == \"driver.module\" and .module == \"$1\" and has(\"error\") == false"
}

# GH100's name: the module takes it, and its firmware, and tries to start a processor that is not there.
around="tests/driver/gpu.py 2331 180000a1"
ends_in_dom0 "a chip that does not start" 1
check "nvidia is loaded" is_loaded nvidia
check "nvidia-uvm is loaded" is_loaded nvidia_uvm
check "of its firmware is what the driver wants" event \
	'.event == "driver.cause" and .cause == "gsp_failure" and (.log | test("Cannot initialize GSP firmware RM"))'
check "no firmware is missing" not grep -aq "Direct firmware load" "$work/run/stage/kernel.log"
check "the kernel's log names the version" grep -aq "$version" "$work/run/stage/kernel.log"
check "the modules are gone before Xen" event '.event == "driver.left"'
check "the job is an error" json '(.jobs | length) == 1 and .jobs[0].status == "error"'
finish_tests
