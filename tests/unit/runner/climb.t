#!/bin/sh
# forestage-run --ladder as it is called: each step made to fail in turn by a libcuda that fails on request
# (fake_cuda.c), the interpreter, deadlines, what is left when it is killed, its document and its schema.
set -u
export LC_ALL=C

: "${BUILD:=build}"
program=$BUILD/tests/unit/runner/asan/forestage-run
fake=$BUILD/tests/unit/runner/fake
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
. tests/tap.sh
. tests/ladder.sh

needs "$program" "$fake/libcuda.so.1" "$fake-rehearsal/libcuda.so.1" "$fake-old/libcuda.so.1" \
	"$BUILD/rehearsal/libcuda.so.1"
# The faults are the fake's own; to look for leaks is done once, in the first run.
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:handle_segv=0:allow_user_segv_handler=1"
unset FAKE_CUDA FAKE_CUDA_FAULT FAKE_CUDA_CONTEXTS
: >"$work/kmsg"
document=$work/ladder.json

# climb LIBRARY [OPTION…]: what it printed is in out, its exit code in $code.
climb() {
	library=$1
	shift
	rm -f "$document"
	LD_LIBRARY_PATH=$library "$program" --ladder "$document" --kernel-log "$work/kmsg" "$@" >"$work/out" 2>&1
	code=$?
}

fails() {
	echo "$*"
	cat "$work/out"
	return 1
}

# follows_schema: the document is kept for the check at the end: Python's schemas take longer to load than a ladder to
# climb.
documents=0
follows_schema() {
	documents=$((documents + 1))
	cp "$document" "$work/document-$documents.json"
}

all_follow_the_schema() {
	[ "$documents" -ge 26 ] && /usr/bin/python3 tests/schema.py docs/ladder.schema.json "$work"/document-*.json
}

# passes STATUS…: the last thing climbed passed, every step with one of these statuses.
passes() {
	[ "$code" = 0 ] || fails "exit code $code" || return
	[ "$(ladder_obstacle "$document")" = null ] || fails "an obstacle" || return
	[ "$(tail -n 1 "$work/out")" = "no obstacle" ] || fails "the last line" || return
	ladder_steps "$document" | awk '{ print $2 }' | sort -u | paste -sd ' ' - >"$work/statuses"
	[ "$(cat "$work/statuses")" = "$*" ] || fails "statuses $(cat "$work/statuses")" || return
	follows_schema
}

# stopped OBSTACLE STATUS REASON NOTRUN: at that step, in that way, for that reason (a pattern), and only these steps
# were not run because of it; all others passed.
stopped() {
	[ "$code" = 1 ] || fails "exit code $code" || return
	[ "$(ladder_obstacle "$document")" = "$1" ] || fails "the obstacle" || return
	tail -n 1 "$work/out" | grep -q "^obstacle: $1: " || fails "the last line" || return
	ladder_steps "$document" | grep "^$1 $2 " | grep -qE -- "$3" || fails "the reason" || return
	[ "$(ladder_with "$document" notrun)" = "$4" ] || fails "not run: $(ladder_with "$document" notrun)" || return
	[ "$(ladder_steps "$document" | awk '$2 != "pass" && $2 != "skip" && $2 != "notrun"' | wc -l)" = 1 ] ||
		fails "more than one step failed" || return
	follows_schema
}

# fault FAULT OBSTACLE STATUS REASON [NOTRUN]: a fault of the fake, and what it leads to.
fault() {
	export FAKE_CUDA_FAULT="$1"
	climb "$fake-rehearsal" --step-limit "${limit:-60s}"
	unset FAKE_CUDA_FAULT
	check "$1: $2, $3" stopped "$2" "$3" "$4" "${5:-}"
}

# --- nothing is wrong ---

climb "$BUILD/rehearsal"
check "with the interpreter every step passes, those of a driver are skipped" passes pass skip
check "the output has a line for each step" test "$(grep -cE '^ +[0-9]+/13 [a-z_]+ … (pass [0-9.]+ s|skip: .*)$' "$work/out")" = 13
check "it says that no GPU was involved" grep -q '^REHEARSAL: ' "$work/out"
export ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0"
climb "$fake-rehearsal"
check "with the fake every step passes as well" passes pass skip
export FORESTAGE_REHEARSAL_DEVICES=3
climb "$BUILD/rehearsal" --devices 2,0
unset FORESTAGE_REHEARSAL_DEVICES
check "two of three GPUs, in the order of the option" passes pass skip
devices() {
	[ "$(sed -n 's/^      "device": \(.*\)$/\1/p' "$document" | uniq -c | awk '{ print $1 "x" $2 }' | paste -sd ' ' -)" = "$1" ]
}
check "the steps from context on are there for each GPU" devices "4xnull 9x2 9x0"
check "their lines name the GPU" grep -qE '^  5/22 context on GPU 2 … pass' "$work/out"

# --- each step in turn ---

all="context host_write_combined host_cached device_memory kernel copies pinned second_process iterations"
behind_context=${all#context }
fault cuInit:0:1:999 cuinit fail 'cuInit: .*\(999\)' "$all"
fault cuInit:0:1:802 cuinit fail "cuInit: .*\(802\), .*: GPUs that NVSwitches join need NVIDIA's Fabric Manager" "$all"
fault cuInit:0:1:crash cuinit error 'killed by signal 11 .*, in cuInit' "$all"
fault cuCtxCreate:0:1:801 context fail '^context fail [0-9.]* cuCtxCreate: CUDA_ERROR_NOT_SUPPORTED \(801\)' "$behind_context"
fault write-combined:0:1:801 host_write_combined fail \
	'write-combined memory of the host: cuMemHostAlloc: CUDA_ERROR_NOT_SUPPORTED \(801\)'
fault write-combined:0:1:crash host_write_combined error 'killed by signal 11 .*, in cuMemHostAlloc'
fault cached:0:1:2 host_cached fail 'cached memory of the host: cuMemHostAlloc: CUDA_ERROR_OUT_OF_MEMORY \(2\)'
fault cuMemAlloc:0:1:2 device_memory fail 'MiB: cuMemAlloc: CUDA_ERROR_OUT_OF_MEMORY' \
	"host_write_combined host_cached kernel copies pinned second_process iterations"
# The copies of a MiB and more from the device: 2 of each kind of host memory, 4 of device_memory, then those of copies.
fault cuMemcpyDtoH:1000000:5:wrong device_memory fail 'in MiB 0, byte 524288, is ' \
	"kernel copies pinned second_process iterations"
fault cuModuleLoadDataEx:0:1:218 kernel fail 'cuModuleLoadDataEx: CUDA_ERROR_INVALID_PTX' "second_process iterations"
fault cuLaunchKernel:0:1:700 kernel fail 'cuLaunchKernel: CUDA_ERROR_ILLEGAL_ADDRESS \(700\)' "second_process iterations"
fault cuMemcpyDtoH:1000000:9:wrong copies fail 'wrong on the way back from the GPU: page 256 is wrong from byte 0'
fault cuMemcpyDtoH:1000000:10:700 copies fail 'copies of ordinary pages: cuMemcpyDtoH: CUDA_ERROR_ILLEGAL_ADDRESS'
fault cuMemHostRegister:0:1:801 pinned fail 'the pages to be read: cuMemHostRegister: CUDA_ERROR_NOT_SUPPORTED'
fault cuMemHostRegister:0:2:leave pinned error 'ended by itself, with status 3, in cuMemHostRegister'
fault cuLaunchKernel:0:601:719 iterations fail 'cuLaunchKernel: .*\(719\)'
limit=3s
fault cuCtxCreate:0:1:hang context timeout 'no answer within 3 s, in cuCtxCreate' "$behind_context"
fault cuLaunchKernel:0:30:hang iterations timeout 'no answer within 3 s, in cuLaunchKernel'
limit=60s

climb "$fake-old"
check "a driver without cuMemHostRegister: pinned" stopped pinned fail 'this driver has no cuMemHostRegister$' ""

# The context of the second process is the second one that is asked for.
printf 'x.' >"$work/contexts"
export FAKE_CUDA_CONTEXTS="$work/contexts"
climb "$fake-rehearsal"
check "the second process has no context: second_process" stopped second_process fail \
	'in the second process, context: cuCtxCreate: CUDA_ERROR_OUT_OF_MEMORY' ""
unset FAKE_CUDA_CONTEXTS
# On the way to the GPU: all that is copied there is wrong.
export FAKE_CUDA_FAULT=cuMemcpyHtoD:1000000:5:wrong
climb "$fake-rehearsal"
unset FAKE_CUDA_FAULT
check "a byte that changes on the way to the GPU: copies" stopped copies fail \
	'wrong on the way to the GPU: page 256 is wrong from byte 0' ""

# --- the system's steps: a libcuda that is no rehearsal, and no module here ---

if [ -e /dev/nvidiactl ] || [ -e /proc/driver/nvidia ]; then
	skip "without a module the obstacle is module" "NVIDIA's module is here"
else
	printf '6,1,1,-;usb 1-1: x\n3,2,2,-;NVRM: The NVIDIA GPU is not supported.\n' >"$work/kmsg"
	climb "$fake"
	check "without a module the obstacle is module, with its words in the kernel's log" stopped module fail \
		'says of it is: NVRM: The NVIDIA GPU is not supported\.$' "nodes nvml cuinit $all"
	: >"$work/kmsg"
fi

# --- deadlines, signals, the document on the way ---

# In the background, until the document names the step that is under way.
begin() {
	rm -f "$document"
	export FAKE_CUDA_FAULT="$1"
	LD_LIBRARY_PATH=$fake-rehearsal "$program" --ladder "$document" --kernel-log "$work/kmsg" >"$work/out" 2>&1 &
	pid=$!
	unset FAKE_CUDA_FAULT
	for _ in $(seq 300); do
		grep -q "\"running\": \"$2\"" "$document" 2>/dev/null && return
		sleep 0.1
	done
	fails "$2 is never under way"
}

# Processes of this test that are left: its folder is in their command line.
left() {
	for line in /proc/[0-9]*/cmdline; do
		tr '\0' ' ' <"$line" 2>/dev/null | grep -q -- "--ladder $document" && echo "$line"
	done
}

none_left() {
	for _ in $(seq 100); do
		[ -n "$(left)" ] || return 0
		sleep 0.1
	done
	fails "still there: $(left)"
}

killed() {
	begin cuLaunchKernel:0:1:hang kernel || return
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null
	none_left || return
	grep -q '"running": "kernel"' "$document" && [ "$(ladder_obstacle "$document")" = null ] &&
		[ "$(ladder_with "$document" pass)" = \
			"cuinit context host_write_combined host_cached device_memory" ] && follows_schema
}
check "killed half-way: the document is whole and names the step, and nothing is left running" killed

ended() {
	begin cuLaunchKernel:0:1:hang kernel || return
	kill -TERM "$pid"
	wait "$pid"
	code=$?
	none_left && stopped kernel error 'ended by signal 15, in cuLaunchKernel' "copies pinned second_process iterations"
}
check "SIGTERM: the step ends, and what was found stays" ended

# --- wrong usage ---

# wrong MESSAGE OPTION…
wrong() {
	message=$1
	shift
	"$program" "$@" >"$work/out" 2>&1
	code=$?
	if [ "$code" != 2 ] || ! grep -q -- "$message" "$work/out"; then
		fails "exit code $code: $*"
	fi
}
check "--ladder does not go with --jobs" wrong '--jobs does not go with --ladder' --ladder "$document" --jobs samples/jobs
check "--ladder does not go with --device" wrong '--device does not go with --ladder' --ladder "$document" --device 0
check "--devices needs --ladder" wrong '--devices goes only with --ladder' --jobs samples/jobs --devices 0
check "--devices is a list of GPUs" wrong "--devices: 'x' is not" --ladder "$document" --devices 0,x
check "--step-limit is a time" wrong '--step-limit 0 is not a time' --ladder "$document" --step-limit 0
check "--step-limit is at most an hour" wrong '--step-limit 2h is not a time' --ladder "$document" --step-limit 2h
check "a file that cannot be written is wrong usage, before anything is tried" wrong 'cannot be written: No such file' \
	--ladder "$work/none/ladder.json"
no_such_gpu() {
	climb "$BUILD/rehearsal" --devices 7
	stopped cuinit fail '--devices 7: this machine has no such GPU' "$all"
}
check "a GPU that is not there is the obstacle" no_such_gpu
check "each document follows the schema" all_follow_the_schema
plan
