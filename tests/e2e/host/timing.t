#!/bin/sh
# What Forestage adds to a boot, from the machine's start to Xen's banner: the host as it was, with Forestage
# installed and no order, and with an order without jobs. Medians of TIMES (3) boots each, in turn on the same
# machine; the numbers are comments of the TAP. The processor time that QEMU used is there as well: other work on the
# machine does not add to it.
. tests/e2e/host/lib.sh

: "${TIMES:=3}"
cat >"$work/install" <<'EOT'
. /steps/common.sh
set -e
get_forestage
forestage install --bundle /steps/image --method firmware --yes
conf=/boot/efi/EFI/forestage/forestage.conf
grep -v '^countdown=' $conf >/tmp/conf
echo countdown=0 >>/tmp/conf
cat /tmp/conf >$conf
sync
EOT
echo 'forestage arm --no-jobs --yes && sync' >"$work/arm"

keep() {
	mv "$disk" "$work/$1.qcow2"
	cp "$work/vars.fd" "$work/$1.fd"
}

overlay() {
	rm -f "$disk"
	qemu-img create -q -f qcow2 -F qcow2 -b "$(realpath "$work/$1.qcow2")" "$disk"
	cp "$work/$1.fd" "$work/vars.fd"
}

# banner NAME: a boot of that host until Xen's banner; the milliseconds go to $work/NAME.ms.
banner() {
	overlay "$1"
	prepare_steps
	begun=$(date +%s%N)
	start_host
	machine_cut_at "Xen version 4" "$LIMIT"
	code=$?
	echo "$((($(date +%s%N) - begun) / 1000000))" >>"$work/$1.ms"
	# user and system time, in hundredths of a second
	awk '{ print ($14 + $15) * 10 }' "$work/serial.log.stat" >>"$work/$1.cpu"
	return "$code"
}

# median NAME.ms or NAME.cpu
median() {
	sort -n "$work/$1" | sed -n "$(((TIMES + 1) / 2))p"
}

fresh_host
payload
keep before
overlay before
check "installed" run_until "^steps: step 1 ended" "$work/install"
took
check "installed: the step went well" step_ended 1 0
keep installed
overlay installed
check "armed without jobs" run_until "^steps: step 1 ended" "$work/arm"
took
check "armed: the step went well" step_ended 1 0
keep armed
for turn in $(seq "$TIMES"); do
	for host_kind in before installed armed; do
		check "boot $turn of the host $host_kind" banner "$host_kind"
	done
done
for host_kind in before installed armed; do
	for unit in ms cpu; do
		echo "# start to Xen's banner, $host_kind, $unit: $(median "$host_kind.$unit")" \
			"($(tr '\n' ' ' <"$work/$host_kind.$unit"))"
	done
done
check "no order costs at most a second" test $(($(median installed.cpu) - $(median before.cpu))) -lt 1000
finish_tests
