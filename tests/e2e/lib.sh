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

finish() {
	[ -z "${qemu:-}" ] || kill "$qemu" 2>/dev/null
	[ "$failed" -ne 0 ] || rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM

# A test that cannot be set up says so at once instead of waiting for machines that cannot boot.
bail() {
	failed=1
	echo "Bail out! $name: $*"
	exit 1
}

# Ends the test: the plan comes last, and the log of a failed boot is shown.
finish_tests() {
	if [ "$failed" -ne 0 ]; then
		echo "# kept: $work"
		[ ! -f "$work/serial.log" ] || tail -n 30 "$work/serial.log" | tr -d '\r' | sed 's/^/# | /'
	fi
	plan
}

# boot [VARIABLE=VALUE…]: the ESP folder $work/esp in QEMU; the machine must switch itself off. $around is a
# command that starts QEMU's script, if there is one.
boot() {
	scripts/esp.sh "$work/esp" "$work/esp.img" || bail "no ESP image"
	# shellcheck disable=SC2086 # a list of words
	env VARS="$work/vars.fd" "$@" ${around:-} scripts/qemu.sh "$work/esp.img" "$work/serial.log" &
	qemu=$!
	wait "$qemu"
	code=$?
	qemu=
	tr -d '\r' <"$work/serial.log" >"$work/console"
	return "$code"
}

# The stage's kernel, and the package with its modules if it has any: KERNEL=own runs the tests with ours.
stage=$(scripts/stage-kernel.sh) || bail "no stage kernel"
stage_kernel=$(echo "$stage" | sed -n 1p)
stage_part=$(echo "$stage" | sed -n 2p)

# bundle [VARIABLE=VALUE…]: a bundle for $work/esp from the parts that the demo uses; see
# scripts/bundle.sh for the variables.
bundle() {
	env EFI="$BUILD/efi/forestage.efi" \
		KERNEL="$stage_kernel" \
		INITRAMFS="$work/initramfs.img" JOBS=samples/jobs \
		XEN="$(echo "$BUILD"/parts/xen/boot/xen-*.gz)" \
		DOM0_KERNEL="$(echo "$BUILD"/parts/dom0/boot/vmlinuz-*)" DOM0_INITRD="$work/dom0.initrd" \
		XEN_OPTIONS="console=com1 com1=115200,8n1 dom0_mem=1G,max:1G dom0_max_vcpus=1" \
		DOM0_OPTIONS="console=hvc0 panic=5 quiet cryptomgr.notests" RUN="$(uuidgen)" \
		CONF="$(conf)" "$@" scripts/bundle.sh "$work/esp" || bail "no bundle"
	mkdir -p "$work/esp/EFI/BOOT" "$work/esp/EFI/demo"
	cp "$BUILD/efi/forestage.efi" "$work/esp/EFI/BOOT/BOOTX64.EFI"
	cp "$BUILD/efi/fallback.efi" "$work/esp/EFI/demo/fallback.efi"
}

# The lines of forestage.conf in these tests.
region_mib=8
conf() {
	printf '%s\n' "region-size=${region_mib}M" 'fallback=\EFI\demo\fallback.efi' 'console=ttyS0,115200n8' \
		'countdown=0'
}

console_has() {
	grep -aqE "$1" "$work/console"
}

# in_order PATTERN…: each is on the console behind the one before.
in_order() {
	from=1
	for pattern; do
		line=$(tail -n "+$from" "$work/console" | grep -anE -m 1 "$pattern" | cut -d: -f1)
		if [ -z "$line" ]; then
			echo "not behind line $from: $pattern"
			return 1
		fi
		from=$((from + line))
	done
}

# pack [VARIABLE=VALUE…]: the stage's initramfs, $work/initramfs.img.
pack() {
	env KERNEL_PART="$stage_part" "$@" initramfs/pack.sh "$work/initramfs.img" >/dev/null || bail "no initramfs"
}

# lay_over FILE PATH: puts a file into the packed initramfs, at its place there, as an archive behind it. LZ4's format
# lets nothing follow.
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
	check "$1: exit code $2" test "$(cat "$work/exit_code" 2>/dev/null)" = "$2"
}

# ends_in_xen DESCRIPTION EXIT_CODE: boots until Xen's first line, and collects what the region holds then. dom0, which
# takes as long again, is left to ends_in_dom0.
ends_in_xen() {
	rm -rf "$work/run"
	around="tests/e2e/stop.py Xen.version.4 $work/region $((region_mib << 20))"
	check "$1: comes to Xen" boot LIMIT=240
	around=
	check "$1: after kexec" in_order "^forestage: kexec: starting Xen" "Xen version 4"
	"$BUILD/dom0/forestage" collect --region "$work/region" --out "$work/run" >"$work/summary.txt" 2>&1
	check "$1: exit code $2" test "$?" -eq "$2"
}
