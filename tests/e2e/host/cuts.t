#!/bin/sh
# The power goes at each stage of a run: the next boot is a normal one, and status tells what happened.
# CUTS: only these (armed consumed region linux jobs sealed xen)
. tests/e2e/host/lib.sh

cat >"$work/install" <<'EOT'
. /steps/common.sh
set -e
get_forestage
forestage install --bundle /steps/image --method firmware --yes
forestage arm --jobs /steps/jobs --yes
EOT
cat >"$work/look" <<'EOT'
. /steps/common.sh
look now
EOT

fresh_host
payload
check "a host with an armed run" run_steps "$work/install"
took
check "it is armed" step_ended 1 0
mv "$disk" "$work/armed.qcow2"
cp "$work/vars.fd" "$work/armed.fd"

# Name, what is on the console when the power goes, and what status says at the next boot: its state and phase.
cuts() {
	cat <<-'EOT'
		consumed run.[0-9a-f]{8}.starts.in lost efi
		region ^forestage:.reading lost efi
		linux ^forestage:.starting.Linux lost efi
		jobs ^job.1.of lost jobs
		sealed ^forestage:.sealed lost seal
		xen Xen.version.4 lost kexec
	EOT
}

# cut_at PATTERN NAME: a run from the armed host, until the power goes.
cut_at() {
	rm -f "$disk"
	qemu-img create -q -f qcow2 -F qcow2 -b "$(realpath "$work/armed.qcow2")" "$disk"
	cp "$work/armed.fd" "$work/vars.fd"
	prepare_steps
	start_host
	machine_cut_at "$1" "$LIMIT"
	code=$?
	cp "$work/serial.log" "$work/cut-$2.log"
	return "$code"
}

cuts >"$work/cuts"
while read -r name pattern state phase <&3; do
	case " ${CUTS:-$name} " in *" $name "*) ;; *) continue ;; esac
	check "$name: the power goes" cut_at "$pattern" "$name"
	check "$name: the next boot comes up" run_steps "$work/look"
	took
	check "$name: it is a normal one" is_normal "$work/result/now.system"
	check "$name: Linux is not started again" test "$(boots_of '^forestage: Linux')" = 0
	check "$name: status says $state, $phase" status_is now.json \
		".state == \"$state\" and .lost_phase == \"$phase\""
	check "$name: the service has failed, and says why" \
		grep -q "was started and has left no results" "$work/result/now.journal"
done 3<"$work/cuts"

# The order is complete as soon as it is written: the next boot runs it.
case " ${CUTS:-armed} " in *" armed "*)
	cat >"$work/arm" <<-'EOT'
		. /steps/common.sh
		forestage arm --jobs /steps/jobs --yes && echo "power: armed" >/dev/console
		sleep 1000
	EOT
	armed_then_cut() {
		qemu-img create -q -f qcow2 -F qcow2 -b "$(realpath "$work/armed.qcow2")" "$disk"
		cp "$work/armed.fd" "$work/vars.fd"
		prepare_steps "$work/arm"
		start_host
		machine_cut_at "^power: armed" "$LIMIT"
	}
	rm -f "$disk"
	check "armed: the power goes behind the order" armed_then_cut
	check "armed: the next boot comes up" run_steps "$work/look"
	took
	check "armed: it was the run, and is collected" status_is now.json \
		'.state == "collected" and .verdict == "pass"'
	;;
esac
finish_tests
