#!/bin/sh
# NVIDIA's real kernel module and libraries in the stage, in QEMU. There is no GPU; where the module needs one
# to go on, it finds tests/driver/gpu.py, which is the outside of one. So what the module and libcuda say is
# real, what they say of the chip's inside is not.
# Environment: FLAVOUR, PAIR (scripts/driver.sh)
. tests/e2e/lib.sh

set_up "no driver" scripts/driver.sh
folder=$(cat "$work/set-up.out")
version=$(sed -n 's/^driver=//p' "$folder/versions")
flavour=$(sed -n 's/^flavour=//p' "$folder/versions")
release=$(sed -n 's/^kernel=//p' "$folder/versions")
stage_kernel=$folder/vmlinuz stage_part=$BUILD/parts/driver-kernel-$release
pack_dom0
mkdir "$work/jobs"
cp -r samples/jobs/vecadd.* samples/jobs/data "$work/jobs/"

job() {
	json "(.jobs | length) == 1 and (.jobs[0] | $1)"
}

# says DESCRIPTION CAUSE LOG: boots; the run fails for this cause, with the module's words, and Xen starts.
says() {
	bundle JOBS="$work/jobs"
	ends_in_dom0 "$1" 1
	check "$1: the cause is $2" event ".event == \"driver.cause\" and .cause == \"$2\" and (.log | test(\"$3\"))"
	check "$1: the kernel's log came along" grep -aqE "$3" "$work/run/stage/kernel.log"
	check "$1: the run is complete and fails" json '.complete and .verdict == "fail"'
	check "$1: the job is an error" job '.status == "error"'
	check "$1: the modules are gone before Xen" event '.event == "driver.left"'
	grep -a 'NVRM' "$work/run/stage/kernel.log" | sed 's/^<[0-9]*>//; s/^/# | /'
	jq -r '.jobs[0].reason' "$work/run/run.json" | sed 's/^/# | job: /'
}

is_loaded() {
	event ".event == \"driver.module\" and .module == \"$1\" and has(\"error\") == false"
}

pack DRIVER="$folder" GPU=gsp_tu10x COMPRESS=lz4
says "no GPU" no_gpu "NVRM: No NVIDIA GPU found"

# The module asks PCI, then the chip's first register. 10de:1b06 with GP102's name is older than what the open
# module drives, 10de:1180 with GK104's than what the proprietary one does.
if [ "$flavour" = open ]; then
	around="tests/driver/gpu.py 1b06 132000a1"
	says "a GPU of before Turing" unsupported_gpu "not supported by open"
else
	around="tests/driver/gpu.py 1180 0e4000a2"
	says "a GPU of before Maxwell" unsupported_gpu "Legacy drivers"
fi

# GH100's name: the module takes it and wants gsp_ga10x.bin, which this image does not hold.
around="tests/driver/gpu.py 2331 180000a1"
says "firmware not in the image" firmware_missing "Direct firmware load for nvidia/$version/gsp_ga10x.bin failed"
check "firmware not in the image: nvidia is loaded" is_loaded nvidia
check "firmware not in the image: nvidia-uvm is loaded" is_loaded nvidia_uvm

# A libcuda of another version. No folder with both would pass initramfs/driver-check.sh: it is laid over the
# packed image.
pack DRIVER="$folder" GPU=gsp_tu10x COMPRESS=none
other=$(scripts/driver.sh list | awk -v own="$version" '$1 != own { print $1; exit }')
set_up "no driver $other" env PAIR="$other" scripts/driver.sh
library=$(cat "$work/set-up.out")/lib/libcuda.so.1
lay_over "$library" usr/lib/forestage/libcuda.so.1
bundle JOBS="$work/jobs"
ends_in_dom0 "libcuda $other" 1
check "libcuda $other: the cause is library_mismatch" event \
	".event == \"driver.cause\" and .cause == \"library_mismatch\" and .module == \"$version\""
check "libcuda $other: the run is complete and fails" json '.complete and .verdict == "fail"'
check "libcuda $other: it refuses by itself" job '.status == "error" and (.reason | test("SYSTEM_DRIVER_MISMATCH .803."))'

# With its firmware the module tries to start a processor that is not there.
pack DRIVER="$folder" GPU=gsp_ga10x COMPRESS=lz4
says "a chip that does not start" gsp_failure "Cannot initialize GSP firmware RM"
finish_tests
