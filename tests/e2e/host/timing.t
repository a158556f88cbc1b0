#!/bin/sh
# What Forestage adds to a boot, from the machine's start to Xen's banner: the host as it was, with Forestage
# installed and no order, and with an order without jobs. Medians of TIMES (3) boots each, in turn on the same
# machine; the numbers are comments of the TAP.
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
EOT
echo 'forestage arm --no-jobs --yes' >"$work/arm"

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
	return "$code"
}

median() {
	sort -n "$work/$1.ms" | sed -n "$(((TIMES + 1) / 2))p"
}

fresh_host
payload
keep before
overlay before
check "installed" run_steps "$work/install"
took
check "installed: the step went well" step_ended 1 0
keep installed
overlay installed
check "armed without jobs" run_steps "$work/arm"
took
check "armed: the step went well" step_ended 1 0
keep armed
for turn in $(seq "$TIMES"); do
	for host_kind in before installed armed; do
		check "boot $turn of the host $host_kind" banner "$host_kind"
	done
done
for host_kind in before installed armed; do
	echo "# start to Xen's banner, $host_kind: $(median $host_kind) ms ($(tr '\n' ' ' <"$work/$host_kind.ms"))"
done
check "no order costs at most a second" test $(($(median installed) - $(median before))) -lt 1000
finish_tests
