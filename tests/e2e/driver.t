#!/bin/sh
# Whatever goes wrong with the GPU's driver, the run says what, and the machine ends in Xen; where the driver
# cannot be unloaded, in a reset.
#
# NVIDIA's module is played by a stand-in of our own here (tests/e2e/driver/nvidia.c), with the real one's words,
# and its libcuda by another: there is no GPU, and NVIDIA's packages are not fetched. What is real is all of the
# stage: loading, nodes, waiting, records, unloading, hand-off. tests/driver/ has what the real module shows. No boot
# goes on to dom0, which knows nothing of the driver. The two machines that wait out the stage's limits of time do so
# beside the others.
. tests/e2e/lib.sh

skip_firmware
set_up "no stand-in of the driver" env STAGE_PART="$stage_part" tests/e2e/driver/build.sh "$work/driver" works \
	optional no-gpu unsupported firmware-missing gsp-failure wrong-kernel stuck silent

# One job for the stand-in of libcuda: adds one to each byte.
mkdir "$work/jobs"
echo "fake" >"$work/jobs/fake.ptx"
printf 'HAL' >"$work/jobs/in.bin"
cat >"$work/jobs/job.conf" <<EOF
[Job]
Type=kernel
[Kernel]
Module=fake.ptx
Function=increment
Grid=1,1,1
Block=1,1,1
Argument=in in.bin
Argument=out out.bin 3
Argument=u32 3
[Expect]
out.bin=sha256:$(printf 'IBM' | sha256sum | cut -d ' ' -f 1)
EOF


job() {
	json "(.jobs | length) == 1 and (.jobs[0] | .job == \"job\" and $1)"
}

set_up "no stand-in of Fabric Manager" scripts/driver/fabric.sh "$work/driver/fabricmanager" 1.2.3 "$work/fabric"
pack DRIVER="$work/driver/works" FABRIC="$work/fabric"
cp "$work/initramfs.img" "$work/works.img"

# with BEHAVIOUR: the packed image, with its modules laid over it.
with() {
	cp "$home/works.img" "$work/initramfs.img"
	(cd "$home/driver/$1/modules" && ls) | while read -r file; do
		lay_over "$home/driver/$1/modules/$file" "lib/modules/driver/$file"
	done
}

# goes_wrong DESCRIPTION BEHAVIOUR CAUSE LOG [JOB]: the run fails, names the cause and its line of the kernel log,
# the job is an error, and the machine ends in Xen without the driver.
goes_wrong() {
	with "$2"
	bundle_to_xen JOBS="$work/jobs"
	ends_in_xen "$1" 1
	check "$1: the cause is $3" event ".event == \"driver.cause\" and .cause == \"$3\" and (.log | test(\"$4\"))"
	check "$1: the kernel's log came along" grep -aqE "$4" "$work/run/stage/kernel.log"
	check "$1: the run is complete and fails" json '.complete and .verdict == "fail"'
	check "$1: the job is an error" job ".status == \"error\" and (.reason | test(\"${5:-100}\"))"
}

step_fails() {
	event ".event == \"$1\" and (.error // \"\" | test(\"$2\"))"
}

# A machine that is reset leaves no region: what is left is the console, and the word in the firmware variable that
# `forestage status` reads. It works in a folder of its own, beside the others.
# reset_begins BEHAVIOUR SECONDS
reset_begins() {
	work=$home/$1
	mkdir "$work"
	uuidgen >"$work/order"
	with "$1"
	[ "$1" != stuck ] || lay_over "$home/hangs.cfg" usr/share/nvidia/nvswitch/fabricmanager.cfg
	bundle_to_xen JOBS="$home/jobs" RUN="$(cat "$work/order")"
	boot_begin LIMIT="$2"
	echo "$qemu" >"$work/qemu"
	# on a busy machine the emulated timer looks broken to a kernel that starts: only what waits is left to itself
	until grep -aqs 'forestage: Linux' "$work/serial.log" || ! kill -0 "$qemu" 2>/dev/null; do sleep 0.5; done
	work=$home
}

# ends_in_reset DESCRIPTION BEHAVIOUR
ends_in_reset() {
	work=$home/$2
	used=$(cat "$work/order") qemu=$(cat "$work/qemu")
	check "$1: ends by itself" boot_end
	check "$1: the results are sealed, and the machine is reset" in_order \
		"^forestage: stage.driver_left: NVIDIA's modules cannot be unloaded" "^forestage: sealed" \
		"^forestage: the GPU driver could not be unloaded" "^forestage: rebooting"
	check "$1: Xen is not started" not console_has "starting Xen|Xen version"
	check "$1: the firmware variable says so" grep -qaF "$used driver_stuck" "$work/vars.fd"
}

# Fabric Manager's limit is waited out by the machine whose module stays: its driver is a good one until then.
{ cat "$work/fabric/share/fabricmanager.cfg" && echo STANDIN=hangs; } >"$work/hangs.cfg"
reset_begins silent 500
reset_begins stuck 500

# One boot for a driver that works and for a module that it does not need and that does not load: what is checked of
# the first holds with the second as well.
with optional
bundle_to_xen JOBS="$work/jobs"
ends_in_xen "a driver that works" 0
check "a driver that works: its job passes" job '.status == "pass"'
check "a driver that works: the GPU is initialised" event \
	'.event == "driver.gpu" and .pci == "0000:a0:00.0" and has("error") == false'
check "a driver that works: it is gone before Xen" event '.event == "driver.left"'
check "a driver that works: no cause of trouble" not event '.event == "driver.cause"'
# Its GPUs are joined by an NVSwitch, and libcuda says 802 until Fabric Manager has been running for two seconds.
check "an NVSwitch: Fabric Manager sets it up" event \
	'.event == "driver.fabric" and .state == "running" and .switches == 1 and .version == "1.2.3" and .seconds < 60'
check "an NVSwitch: the step is good" event '.event == "stage.fabric" and has("error") == false'
check "an NVSwitch: Fabric Manager is ended before the driver" event \
	'.event == "driver.fabric_left" and has("error") == false'
check "an NVSwitch: its log came along, up to its end" sh -c "tr '\n' ' ' <$work/run/stage/fabricmanager.log |
	grep -x 'stand-in 1.2.3: the NVSwitch is set up ended by SIGTERM '"
check "a module that is not needed: it is named" event \
	'.event == "driver.module" and .module == "helper" and .error == "No such device"'
check "a module that is not needed: the others are loaded" event \
	'.event == "driver.module" and .module == "nvidia_uvm" and has("error") == false'

goes_wrong "no GPU" no-gpu no_gpu "NVRM: No NVIDIA GPU found"
check "no GPU: the step says so" step_fails stage.driver "the driver found no GPU"
goes_wrong "an unsupported GPU" unsupported unsupported_gpu "not supported by open"
check "an unsupported GPU: the step says so" step_fails stage.driver "do not support this GPU"
goes_wrong "firmware missing" firmware-missing firmware_missing "Direct firmware load for nvidia/1.2.3/gsp_ga10x.bin failed"
check "firmware missing: the step says so" step_fails stage.driver "firmware is not in the image"
check "firmware missing: the module is gone before Xen" event '.event == "driver.left"'
goes_wrong "GSP failure" gsp-failure gsp_failure "Cannot initialize GSP firmware RM"
check "GSP failure: the step says so" step_fails stage.driver "system processor failed"
check "GSP failure: all that the driver said is in the log" grep -aq "unexpected mailbox value" "$work/run/stage/kernel.log"
goes_wrong "a module of another kernel" wrong-kernel wrong_kernel "nvidia: (version magic|disagrees about version of symbol)"
check "a module of another kernel: the step says so" step_fails stage.driver "modules are of another kernel"

# A libcuda of another version. initramfs/driver-check.sh would refuse the folder: it is laid over the packed image.
with works
lay_over "$work/driver/other-libcuda.so.1" usr/lib/forestage/libcuda.so.1
lay_over "$work/driver/optional/modules/nvidia.ko" lib/modules/driver/nvidia.ko
: >"$work/no-program" # and an NVSwitch, with no Fabric Manager
lay_over "$work/no-program" usr/bin/nv-fabricmanager
bundle_to_xen JOBS="$work/jobs"
ends_in_xen "another libcuda" 1
check "another libcuda: the cause is library_mismatch" event \
	'.event == "driver.cause" and .cause == "library_mismatch" and .module == "1.2.3"'
check "another libcuda: the step says so" step_fails stage.driver "different versions: the module is of 1.2.3"
check "another libcuda: the run is complete and fails" json '.complete and .verdict == "fail"'
check "another libcuda: the job is an error" job '.status == "error" and (.reason | test("803"))'

check "no Fabric Manager: the step says what to build" step_fails stage.fabric \
	"the image has no Fabric Manager, .* give it to make image as FABRIC="
check "no Fabric Manager: the event says so" event '.event == "driver.fabric" and .state == "none" and .switches == 1'

ends_in_reset "a GPU that does not answer" silent
ends_in_reset "a module that stays" stuck
check "a Fabric Manager that hangs: it is ended, and the job says so" in_order \
	"^forestage: stage.fabric: Fabric Manager was not ready within 120 s, and was ended" \
	"802.*Fabric Manager, which was not ready in time here"
keep_variables=yes
check "the boot behind a reset ends by itself" boot LIMIT=120
check "the boot behind a reset is a normal one" in_order "was used before" "^fallback loader started"
finish_tests
