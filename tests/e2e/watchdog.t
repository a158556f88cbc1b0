#!/bin/sh
# dom0 in a trial, from Xen's first line on: forestage-guard starts Xen's watchdog before anything else of dom0 runs, so
# that a dom0 that never comes as far as its unit is reset; and where it cannot, nothing else of dom0 runs. QEMU starts
# Xen itself: how a run comes to Xen is the other tests'.
. tests/e2e/lib.sh
needs "$BUILD/guard/forestage-guard"

release=$(ls "$BUILD/parts/dom0/lib/modules")
busybox=$BUILD/parts/tools/bin/busybox
kernel=$(realpath "$dom0_kernel") # no comma may be in its name, nor in the initrd's

# pack_tail: an initrd whose /init never ends, and the guard behind it, as forestage trial lays it there.
pack_tail() {
	mkdir -p "$work/root/bin" "$work/root/proc" "$work/tail"
	cp "$busybox" "$work/root/bin/"
	cat >"$work/root/init" <<-'EOT'
		#!/bin/busybox sh
		/bin/busybox mount -t proc proc /proc
		echo "init: process $$, $0, of: $(/bin/busybox echo /*), mounts: $(/bin/busybox wc -l </proc/mounts)"
		while :; do /bin/busybox sleep 5; done
	EOT
	chmod 755 "$work/root/init"
	cp "$BUILD/guard/forestage-guard" "$work/tail/"
	strip "$work/tail/forestage-guard"
	cp "$(find "$BUILD/parts/dom0/lib/modules/$release" -name xen-privcmd.ko)" "$work/tail/forestage-guard.ko"
	(cd "$work/root" && find . | cpio --quiet -o -H newc -R 0:0) | gzip -1 >"$work/initrd"
	truncate -s %4 "$work/initrd"
	(cd "$work/tail" && find . -type f | cpio --quiet -o -H newc -R 0:0) >>"$work/initrd"
	zcat "$XEN" >"$work/xen"
}

# boot_xen NAME PARAMETER…: until the machine is reset; what it said is $work/console then.
boot_xen() {
	of=$1
	shift
	timeout 240 nice -n 5 qemu-system-x86_64 -nodefaults -machine q35 -accel tcg,thread=multi -m 1G -smp 1 -display none \
		-no-reboot -serial "file:$work/$of.log" -cpu max,-smap,-smep -kernel "$work/xen" -append "$xen_options" \
		-initrd "$kernel $dom0_options loglevel=6 rdinit=/forestage-guard $*,$work/initrd" </dev/null
	code=$?
	tr -d '\r' <"$work/$of.log" >"$work/console"
	return "$code"
}

set_up "no initrd" pack_tail
check "a dom0 that never ends: the machine is reset" boot_xen hangs forestage.guard=30
check "the guard has started Xen's watchdog, and then init" in_order "forestage-guard: Xen resets this machine in 30 s" \
	"^init: process 1, /init"
check "init finds what it would find without a guard" console_has "of: /bin /dev /init /proc /root, mounts: 2\$"
check "it was Xen that ended it" in_order "^init: process 1" "Watchdog timer fired for domain 0" "watchdog rebooting machine"
check "no time is named: the machine is reset" boot_xen none forestage.guard=5
check "it says why" console_has "forestage-guard: the command line has no forestage.guard=SECONDS, 30 to 86400"
check "and nothing else of dom0 has run" not console_has "^init: process"
check "nor did Xen have to end it" not console_has "Watchdog timer fired"
finish_tests
