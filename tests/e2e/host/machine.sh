# The reference host's machine and the disk with its steps; sourced.
# shellcheck shell=sh

# machine_start LOG [QEMU ARGUMENT…]: starts the machine; its process is $machine. It stays on over resets.
# Environment: DISK, DISK_FORMAT (qcow2), DISK_DEVICE (ide-hd,bus=ide.0), STEPS, VARS, CODE, MEM, SMP
#
# QEMU keeps little of what it has translated: a library's page has one translation of each piece for every process that
# ran it at an address of its own, and all of them are looked through at each store into that page from then on. With
# 1 GiB of them, which is QEMU's own measure, Xen took minutes to put dom0's kernel where an earlier dom0 had libraries.
machine_start() {
	machine_log=$1
	shift
	: >"$machine_log"
	nice -n "${NICE:-5}" qemu-system-x86_64 -nodefaults -machine "${MACHINE:-q35}" -accel tcg,thread=multi,tb-size=128 \
		-cpu max,-smap,-smep -m "${MEM:-3G}" -smp "${SMP:-2}" -display none \
		-drive "if=pflash,format=raw,readonly=on,file=${CODE:-/usr/share/OVMF/OVMF_CODE_4M.fd}" \
		-drive "if=pflash,format=raw,file=$VARS" \
		-drive "if=none,id=disk,format=${DISK_FORMAT:-qcow2},file=$DISK" \
		-device "${DISK_DEVICE:-ide-hd,bus=ide.0},drive=disk" \
		-drive "if=none,id=steps,format=raw,file=$STEPS" -device ide-hd,drive=steps,bus=ide.1 \
		-serial "file:$machine_log" "$@" </dev/null &
	machine=$!
}

# machine_wait SECONDS: until the machine has switched itself off; after the limit it is ended, and that fails.
machine_wait() {
	waited=0
	while kill -0 "$machine" 2>/dev/null; do
		if [ "$waited" -ge "$1" ]; then
			echo "the machine did not switch itself off within $1 s"
			machine_cut
			return 124
		fi
		sleep 1
		waited=$((waited + 1))
	done
	wait "$machine"
}

# machine_cut: the power goes.
machine_cut() {
	kill -9 "$machine" 2>/dev/null
	wait "$machine" 2>/dev/null || :
	machine=
}

# machine_cut_at PATTERN SECONDS: the power goes as soon as it is on the console; fails when it does not come.
# What the stage overwrites with \r counts as lines of their own. LOG.stat says what the machine has used till then.
machine_cut_at() {
	timeout "$2" tail -n +1 -f -s 0.1 --pid="$machine" "$machine_log" | stdbuf -o0 tr '\r' '\n' |
		{ grep -aqE -m 1 "$1" && cat "/proc/$machine/stat" >"$machine_log.stat" && kill -9 "$machine"; }
	cut_code=$?
	machine_cut
	return "$cut_code"
}

machine_run() {
	machine_start "$@" && machine_wait "$LIMIT"
}

# steps_begin IMAGE [FILE…]: a new disk of steps; the files lie on it for them.
steps_begin() {
	steps_image=$1
	shift
	rm -f "$steps_image"
	truncate -s 256M "$steps_image"
	/sbin/mkfs.vfat -F 32 -n STEPS "$steps_image" >/dev/null
	steps_count=0
	echo 0 | MTOOLS_SKIP_CHECK=1 mcopy -i "$steps_image" - ::/done
	for file; do MTOOLS_SKIP_CHECK=1 mcopy -s -Q -i "$steps_image" "$file" ::/; done
}

# steps_add IMAGE FILE: the next step; - is standard input.
steps_add() {
	steps_count=$((steps_count + 1))
	MTOOLS_SKIP_CHECK=1 mcopy -i "$1" "$2" "::/$steps_count.sh"
}

# steps_take IMAGE FOLDER: what the steps have left.
steps_take() {
	rm -rf "$2"
	mkdir -p "$2"
	MTOOLS_SKIP_CHECK=1 mcopy -s -n -Q -i "$1" '::/*' "$2/" >/dev/null
}
