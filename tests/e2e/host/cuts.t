#!/bin/sh
# The power goes at each stage of a run: the next boot is a normal one, and status tells what happened. The first
# cut comes as soon as the order is written; the host it leaves is the one that all the others start from.
# CUTS: only these (armed consumed region linux jobs sealed xen)
. tests/e2e/host/lib.sh

cat >"$work/arm" <<'EOT'
. /steps/common.sh
set -e
get_forestage
forestage install --bundle /steps/image --method firmware --yes
sync # it was installed some time ago
forestage arm --jobs /steps/jobs --yes
echo "power: armed" >/dev/console
sleep 1000
EOT
cat >"$work/look" <<'EOT'
. /steps/common.sh
look now
EOT

# cut_at NAME PATTERN [STEP]: run_until, and the console is kept.
cut_at() {
	cut_name=$1
	shift
	run_until "$@"
	code=$?
	cp "$work/serial.log" "$work/$cut_name.log"
	return "$code"
}

# armed_host: the machine with the order that was just written.
armed_host() {
	rm -f "$disk"
	qemu-img create -q -f qcow2 -F qcow2 -b "$(realpath "$work/armed.qcow2")" "$disk"
	cp "$work/armed.fd" "$work/vars.fd"
}

# looked NAME: the next boot, as far as the step that looks where the host stands.
looked() {
	check "$1: the next boot comes up" cut_at "$1-next" "^steps: step 1 ended" "$work/look"
	took
}

# Name, what is on the console when the power goes, and what status says at the next boot: its state and phase.
cuts() {
	cat <<-'EOT'
		consumed run.[0-9a-f]{8}.starts.in lost efi
		region ^forestage:.reading lost efi
		linux ^forestage:.starting.Linux lost efi
		jobs ^job.1.of lost jobs
		sealed ^forestage:.sealed lost kexec
		xen Xen.version.4 lost kexec
	EOT
}

fresh_host
payload
check "the power goes behind the order" cut_at armed "^power: armed" "$work/arm"
mv "$disk" "$work/armed.qcow2"
cp "$work/vars.fd" "$work/armed.fd"

cuts >"$work/cuts"
while read -r name at state phase <&3; do
	case " ${CUTS:-$name} " in *" $name "*) ;; *) continue ;; esac
	armed_host
	check "$name: the power goes" cut_at "$name" "$at"
	looked "$name"
	check "$name: it is a normal one" is_normal "$work/result/now.system"
	check "$name: Linux is not started again" test "$(boots_of '^forestage: Linux')" = 0
	check "$name: status says $state, $phase" status_is now.json \
		".state == \"$state\" and .lost_phase == \"$phase\""
	check "$name: the service has failed, and says why" \
		grep -q "was started and has left no results" "$work/result/now.journal"
done 3<"$work/cuts"

# The order is complete as soon as it is written: the next boot runs it, once.
case " ${CUTS:-armed} " in *" armed "*)
	armed_host
	looked armed
	check "armed: it was the run, and is collected" status_is now.json \
		'.state == "collected" and .verdict == "pass"'
	check "armed: one run only" test "$(boots_of '^forestage: Linux')" = 1
	;;
esac
finish_tests
