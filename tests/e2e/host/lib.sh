# What the tests on the reference hosts share; sourced by each of them.
# HOST: debian, or another folder here; XEN: a file or folder with another Xen than Debian's, which the host of XCP-ng's
# shape is updated to
# shellcheck shell=sh
. tests/e2e/lib.sh
. tests/e2e/host/machine.sh

: "${LIMIT:=1800}" "${HOST:=debian}"
export HOST
set_up "no reference host" tests/e2e/host/image.sh
host=$(cat "$work/set-up.out")
disk=$work/disk.qcow2 steps=$work/steps.img

# fresh_host: a machine nobody has changed yet; the image itself stays as it is.
fresh_host() {
	rm -f "$disk"
	qemu-img create -q -f qcow2 -F raw -b "$(realpath "$host/disk.img")" "$disk"
	cp "$host/vars.fd" "$work/vars.fd"
}

# payload: what the steps take along: the packages that make dist has made, image and jobs.
payload() {
	rm -rf "$work/payload"
	mkdir -p "$work/payload/image"
	for kind in deb rpm; do
		package=$(find "$BUILD/dist" -maxdepth 1 -name "forestage[-_][0-9]*.$kind" 2>/dev/null | head -n 1)
		[ -n "$package" ] || unready "no package in $BUILD/dist: make dist"
		cp "$package" "$work/payload/forestage.$kind"
	done
	[ -f "$work/initramfs.img" ] || pack DRIVER=rehearsal
	cp "$BUILD/efi/forestage.efi" "$work/initramfs.img" "$work/payload/image/"
	cp "$stage_kernel" "$work/payload/image/vmlinuz"
	cp -rL samples/jobs "$work/payload/jobs"
	cp tests/e2e/host/common.sh tests/systemd-219.awk tests/systemd-219.txt "$work/payload/"
	cp "tests/e2e/host/$HOST/steps.sh" "$work/payload/host.sh"
	[ -z "${XEN:-}" ] || set_up "no xen*.gz at $XEN" take_xen
}

# make install of Xen's sources leaves several names for one file.
take_xen() {
	found=$(find -L "$XEN" -name 'xen*.gz' ! -name '*.tar.gz' -type f | sort | head -n 1)
	[ -n "$found" ] && cp -L "$found" "$work/payload/xen.gz"
}

# run_steps FILE…: a disk with these steps, and the machine until it has switched itself off.
run_steps() {
	prepare_steps "$@"
	start_host && machine_wait "$LIMIT"
}

# run_until PATTERN [FILE…]: the machine with these steps until that is on the console; then the power goes.
run_until() {
	pattern=$1
	shift
	prepare_steps "$@"
	start_host
	machine_cut_at "$pattern" "$LIMIT"
}

prepare_steps() {
	# shellcheck disable=SC2046 # no blanks in these names
	steps_begin "$steps" $(find "$work/payload" -mindepth 1 -maxdepth 1)
	for step; do steps_add "$steps" "$step"; done
}

start_host() {
	# shellcheck disable=SC2086 # a list of words
	DISK=$disk STEPS=$steps VARS=$work/vars.fd machine_start "$work/serial.log" ${machine_extra:-}
}

# took: fetches what the steps have left into $work/result.
took() {
	steps_take "$steps" "$work/result"
	tr -d '\r' <"$work/serial.log" >"$work/console"
	for out in "$work"/result/*.out; do
		[ -f "$out" ] && echo "--- $(basename "$out")" && cat "$out"
	done >"$work/steps.log"
}

# step_ended NUMBER CODE: how the step went; its output otherwise.
step_ended() {
	[ "$(cat "$work/result/$1.code" 2>/dev/null)" = "$2" ] && return
	cat "$work/result/$1.out"
	return 1
}

# said NUMBER PATTERN: whether a step printed it.
said() {
	grep -qE "$2" "$work/result/$1.out" || {
		cat "$work/result/$1.out"
		return 1
	}
}

# status_is FILE FILTER: of a status --json that a step has left.
status_is() {
	jq -e "$2" "$work/result/$1" >/dev/null || {
		cat "$work/result/$1"
		return 1
	}
}

# is_normal FILE: of what look has left: a boot without the stage.
is_normal() {
	[ -s "$1" ] && ! grep forestage "$1"
}

# lines_all PATTERN FILE: whether every line of it does, and there are some.
lines_all() {
	[ -s "$2" ] && ! grep -vE "$1" "$2"
}

# boots_of PATTERN: how often it is on the console.
boots_of() {
	grep -acE "$1" "$work/console"
}
