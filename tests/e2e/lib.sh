# What the QEMU tests share; sourced. TAP goes to standard output. Each test works in a folder of its
# own, which stays only when something failed.
# shellcheck shell=sh
set -u
export LC_ALL=C

: "${BUILD:=build}"
export BUILD
name=${TEST_NAME:-$(basename "$0" .t)}
work=$BUILD/e2e/$name
. tests/tap.sh

rm -rf "$work"
mkdir -p "$work"

home=$work keep_variables=no
machines=
snapshot=
kind_of_machine=

finish() {
	# shellcheck disable=SC2086 # a list of processes
	[ -z "$machines" ] || kill $machines 2>/dev/null
	[ "$failed" -ne 0 ] || rm -rf "$home"
}
trap finish EXIT
trap 'exit 1' INT TERM

# Ends the test: the plan comes last, and the log of a failed boot is shown.
finish_tests() {
	if [ "$failed" -ne 0 ]; then
		echo "# kept: $work"
		[ ! -f "$work/serial.log" ] || tail -n 30 "$work/serial.log" | tr -d '\r' | awk '{ print "# | " $0 }'
	fi
	plan
}

# boot [VARIABLE=VALUE…]: the ESP folder $work/esp in QEMU; the machine must switch itself off. $around is a
# command that starts QEMU's script, if there is one.
boot() {
	boot_begin "$@"
	boot_end
}

# skip_firmware: from now on, each machine goes on from a snapshot of one whose firmware has come to its disk, with
# fresh variables. Where $keep_variables is yes, they are those of the machine before, and the firmware starts itself.
# What makes another machine of it is in $kind_of_machine, VARIABLE=VALUE… as boot has them, and in $QEMU_EXTRA.
skip_firmware() {
	# all that what is in a snapshot depends on
	kind=$({
		echo "$kind_of_machine ${QEMU_EXTRA:-}"
		qemu-system-x86_64 --version
		cat /usr/share/OVMF/OVMF_CODE_4M*.fd /usr/share/OVMF/OVMF_VARS_4M*.fd scripts/qemu.sh tests/e2e/firmware.py
	} | sha256sum | cut -c 1-16)
	mkdir "$work/blank"
	: >"$work/blank/file"
	set_up "no ESP image" scripts/esp.sh "$work/blank" "$work/esp.img"
	truncate -s 300M "$work/out.img"
	snapshot=$BUILD/e2e/firmware-$kind
	# shellcheck disable=SC2086 # a list of words
	set_up "no snapshot of the firmware" env VARS="$work/vars.fd" SMP=1 "MEM=$small" OUT_DISK="$work/out.img" $kind_of_machine \
		tests/e2e/firmware.py "$snapshot" scripts/qemu.sh "$work/esp.img" "$work/serial.log"
}

# The memory of such a machine: what is not used is part of a snapshot, too, and the region lies above 1 GiB.
small=1152M

# from_snapshot FUNCTION [VARIABLE=VALUE…]: the function, with the variables that such a machine has besides.
from_snapshot() {
	function=$1
	shift
	[ -f "$work/out.img" ] || truncate -s 300M "$work/out.img"
	set -- "MEM=$small" OUT_DISK="$work/out.img" "$@"
	if [ "$keep_variables" = no ]; then
		rm -f "$work/vars.fd"
		set -- "QEMU_EXTRA=-incoming exec:cat<$snapshot ${QEMU_EXTRA:-}" "$@"
	fi
	"$function" "$@"
}

# boot_begin [VARIABLE=VALUE…]: starts the machine, $qemu, and leaves it to itself. It has one processor: each more
# costs a third of the whole, and what several do is tests/e2e/chain.t's and tests/e2e/variants.t's.
boot_begin() {
	set_up "no ESP image" scripts/esp.sh "$work/esp" "$work/esp.img"
	if [ -n "$snapshot" ]; then from_snapshot start_machine "$@"; else start_machine "$@"; fi
}

start_machine() {
	# shellcheck disable=SC2086 # a list of words
	env VARS="$work/vars.fd" SMP=1 "$@" ${around:-} scripts/qemu.sh "$work/esp.img" "$work/serial.log" &
	qemu=$!
	machines="$machines $qemu"
}

# boot_end: waits for the machine $qemu of the folder $work.
boot_end() {
	wait "$qemu"
	code=$?
	machines=$(echo "$machines " | sed "s/ $qemu / /; s/ *$//")
	tr -d '\r' <"$work/serial.log" >"$work/console"
	tell_machine >&9
	return "$code"
}

# Where the machine has ended, and what it said on the way: comments that tests/faults.py compares with docs/faults.md.
tell_machine() {
	place=nowhere
	while read -r pattern its; do
		grep -aqE "$(echo "$pattern" | tr _ ' ')" "$work/console" && place=$its && break
	done <<-'EOT'
		^fallback_loader_started normal loader
		^forestage:_rebooting:_the_next_boot_is_a_normal_one normal loader, after a reset
		Xen_version_4 Xen
	EOT
	echo "# machine: ended in $place"
	grep -aE '^forestage: (falling back|rebooting|kexec-tools|[a-z]+\.[a-z_]+: |the GPU driver)' "$work/console" |
		sed 's/^forestage: /# said: /'
}

# The same of the collected run: what of it is no pass, and why.
tell_record() {
	[ ! -f "$work/run/run.json" ] || jq -r '"# record: verdict \(.verdict)\(if .complete then ", complete" else "" end)",
		(.reasons[]? | "# record: \(.)"), (.jobs[] | select(.status != "pass") | "# record: \(.job): \(.status): \(.reason)")' \
		"$work/run/run.json"
	[ ! -f "$work/run/events.jsonl" ] || jq -r 'select(.error or .cause or .event == "stage.kexec_load") |
		"# record: " + ([.event, (.cause // .module // .modules // empty | tostring), (.error // .reason // empty)] |
		join(": "))' "$work/run/events.jsonl"
}

# What every machine here is made of: make build, and scripts/parts.sh, whose failure tests/prepare.sh has noted.
needs "$BUILD/efi/forestage.efi" "$BUILD/efi/fallback.efi" "$BUILD/initramfs/init" "$BUILD/runner/forestage-run" \
	"$BUILD/dom0/forestage" "$BUILD/rehearsal/libcuda.so.1"
[ ! -s "$BUILD/tests/setup/parts.failed" ] || unready "$(head -n 1 "$BUILD/tests/setup/parts.failed")"

# The stage's kernel, and the package with its modules if it has any: KERNEL=own runs the tests with ours.
set_up "no stage kernel" scripts/stage-kernel.sh
stage_kernel=$(sed -n 1p "$work/set-up.out")
stage_part=$(sed -n 2p "$work/set-up.out")

# XEN=FILE runs the tests with a Xen of one's own, as a host has it; they say which Xen they need if they need another.
# shellcheck disable=SC2034 # the tests ask
own_xen=${XEN:+yes}
: "${XEN:=$(echo "$BUILD"/parts/xen/boot/xen-*.gz)}"
[ -f "$XEN" ] || unready "XEN=$XEN is no file"

# What most machines here need not do, because tests/e2e/chain.t does: unpack dom0's kernel as Debian packs it, and
# give dom0 more memory, bounce buffers and caution than it has a use for, and clear all the machine's memory. That is
# half of what such a boot takes.
dom0_kernel=$BUILD/e2e/dom0-vmlinuz
xen_options="console=com1 com1=115200,8n1 dom0_mem=384M,max:384M dom0_max_vcpus=1 bootscrub=off"
dom0_options="console=hvc0 panic=5 quiet cryptomgr.notests mitigations=off init_on_alloc=0 audit=0 apparmor=0"
dom0_options="$dom0_options swiotlb=1024"
fetched=$BUILD/parts/dom0/.fetched
if [ -f "$fetched" ] && [ -z "$(find "$dom0_kernel" -newer "$fetched" 2>/dev/null)" ]; then
	set_up "no kernel of dom0" tests/e2e/dom0/kernel.py "$(echo "$BUILD"/parts/dom0/boot/vmlinuz-*)" "$dom0_kernel"
fi

# unpacked_kernel FILE: dom0's as QEMU takes it, too; to unpack it takes QEMU's processor longer than all that it does
# before init.
unpacked_kernel() {
	python3 - "$dom0_kernel" <<-'EOT' | lz4 -dcq >"$1" && [ -s "$1" ]
		import struct, sys
		image = open(sys.argv[1], 'rb').read()
		offset, length = struct.unpack_from('<II', image, 0x248)
		begin = (image[0x1f1] + 1) * 512 + offset
		sys.stdout.buffer.write(image[begin:begin + length - 4])
	EOT
}

# pack_dom0: the initramfs of the tests' dom0, $work/dom0.initrd.
pack_dom0() {
	set_up "no initramfs of dom0" env DOM0_PART="$BUILD/parts/dom0" tests/e2e/dom0/pack.sh "$work/dom0.initrd"
}

# bundle [VARIABLE=VALUE…]: a bundle for $work/esp from the parts that the demo uses; see
# scripts/bundle.sh for the variables.
bundle() {
	set_up "no bundle" env EFI="$BUILD/efi/forestage.efi" \
		KERNEL="$stage_kernel" \
		INITRAMFS="$work/initramfs.img" JOBS=samples/jobs \
		XEN="$XEN" \
		DOM0_KERNEL="$dom0_kernel" DOM0_INITRD="$work/dom0.initrd" \
		XEN_OPTIONS="$xen_options" DOM0_OPTIONS="$dom0_options" RUN="$(uuidgen)" \
		CONF="$(conf)" "$@" scripts/bundle.sh "$work/esp"
	mkdir -p "$work/esp/EFI/BOOT" "$work/esp/EFI/demo"
	cp "$BUILD/efi/forestage.efi" "$work/esp/EFI/BOOT/BOOTX64.EFI"
	cp "$BUILD/efi/fallback.efi" "$work/esp/EFI/demo/fallback.efi"
}

# bundle_to_xen [VARIABLE=VALUE…]: for ends_in_xen: of dom0 there is something that need be no kernel.
bundle_to_xen() {
	echo "not started" >"$work/no-dom0"
	bundle DOM0_KERNEL="$work/no-dom0" DOM0_INITRD="$work/no-dom0" "$@"
}

# microcode FILE: what an AMD processor's begins with, and nothing that would be right behind it.
microcode() {
	head -c 4096 /dev/zero >"$1"
	printf 'DMA\0' | dd of="$1" conv=notrunc status=none
}

# The lines of forestage.conf in these tests. The stage's kernel is spared what dom0's is; $stage_options is empty where
# it has to be as it is by default.
region_mib=8
stage_options="cryptomgr.notests mitigations=off init_on_alloc=0 audit=0 apparmor=0"
conf() {
	printf '%s\n' "region-size=${region_mib}M" 'fallback=\EFI\demo\fallback.efi' 'console=ttyS0,115200n8' \
		'countdown=0'
	[ -z "$stage_options" ] || echo "options=$stage_options"
}

console_has() {
	grep -aqE "$1" "$work/console"
}

# in_order PATTERN…: each is on the console behind the one before. In a shell of its own: it writes over nobody's names.
in_order() (
	from=1
	for pattern; do
		line=$(tail -n "+$from" "$work/console" | grep -anE -m 1 "$pattern" | cut -d: -f1)
		if [ -z "$line" ]; then
			echo "not behind line $from: $pattern"
			return 1
		fi
		from=$((from + line))
	done
)

# pack [VARIABLE=VALUE…]: the stage's initramfs, $work/initramfs.img; not packed, which the demo's is.
pack() {
	set_up "no initramfs" env KERNEL_PART="$stage_part" COMPRESS=none "$@" initramfs/pack.sh "$work/initramfs.img"
}

# lay_over FILE PATH: puts a file into the initramfs, at its place there, as an archive behind it.
lay_over() {
	rm -rf "$work/overlay"
	mkdir -p "$work/overlay/$(dirname "$2")"
	cp "$1" "$work/overlay/$2"
	truncate -s %4 "$work/initramfs.img" # archives in a row are aligned
	(cd "$work/overlay" && find . -mindepth 1 | cpio --quiet -o -H newc) >>"$work/initramfs.img"
}

# json FILTER: whether jq's filter is true for the collected run.json.
json() {
	jq -e "$1" "$work/run/run.json"
}

# event FILTER: whether the collected run has an event that jq's filter is true for.
event() {
	jq -e -s "any(.[]; $1)" "$work/run/events.jsonl"
}

not() {
	! "$@"
}

# ends_in_dom0 DESCRIPTION EXIT_CODE: boots, and takes what dom0 handed over.
ends_in_dom0() {
	rm -f "$work/out.img"
	truncate -s 300M "$work/out.img"
	check "$1: ends by itself" boot LIMIT=240 OUT_DISK="$work/out.img"
	check "$1: ends in Xen" in_order "^forestage: kexec: starting Xen" "Xen version 4" "^dom0: Linux"
	check "$1: dom0 hands over" scripts/handover.sh "$work/out.img" "$work/serial.log" "$work"
	tell_record
	check "$1: exit code $2" test "$(cat "$work/exit_code" 2>/dev/null)" = "$2"
}

# ends_in_xen DESCRIPTION EXIT_CODE: boots until Xen's first line, and collects what the region holds then. dom0, which
# takes as long again, is left to ends_in_dom0.
ends_in_xen() {
	rm -rf "$work/run"
	around="tests/e2e/stop.py Xen.version.4 $work/region $((region_mib << 20))"
	check "$1: comes to Xen" boot LIMIT="${boot_limit:-240}"
	around=
	check "$1: after kexec" in_order "^forestage: kexec: starting Xen" "Xen version 4"
	"$BUILD/dom0/forestage" collect --region "$work/region" --out "$work/run" >"$work/summary.txt" 2>&1
	code=$?
	tell_record
	check "$1: exit code $2" test "$code" -eq "$2"
}
