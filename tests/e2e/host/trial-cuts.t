#!/bin/sh
# The power goes at each phase of a trial: the next boot is a normal one, status and trial show tell how far it came,
# nothing is armed, nothing half-written is believed, nothing of the host has changed, and another trial can be armed.
#
# The first cut comes as soon as the trial is armed. From what it leaves one boot goes through stage, Xen, dom0 and the
# trial to its end, and what each other cut would leave of disk and firmware is copied on the way
# (photographs.py): so all of them are cuts of one trial. In dom0 halts.c gives the time for that, at each phase and
# within the writing of trial.json.
# CUTS: only these, in that order (consumed jobs sealed kexec xen dom0 unit begin driver ladder dom0-jobs unload collect
# compare half result end restart)
: "${LIMIT:=3600}"
. tests/e2e/host/lib.sh
. tests/e2e/host/standin.sh

# Name, what is on the console then, and what is said in the next boot: of the trial its state and phase, of the run before
# Xen its state, and of the trial in words.
cuts() {
	cat <<-'EOT'
		consumed run.[0-9a-f]{8}.starts.in lost armed lost its run was lost before Xen was started
		jobs ^job.8.of lost armed lost its run was lost before Xen was started
		sealed ^forestage:.sealed never_began armed lost the stage handed over to Xen, but
		kexec ^forestage:.kexec never_began armed lost the stage handed over to Xen, but
		xen Xen.version.4 never_began armed lost the stage handed over to Xen, but
		dom0 forestage-guard:.Xen.resets never_began armed lost the stage handed over to Xen, but
		unit ^halts:.unit never_began armed collected dom0 came up and collected the run before Xen, but
		begin ^halts:.begin stopped begin collected it did not come to its end: .* before the driver was loaded
		driver ^halts:.driver stopped driver collected it did not come to its end: .* while the driver was loaded
		ladder ^halts:.ladder stopped ladder collected it did not come to its end: .* while the ladder was climbed
		dom0-jobs ^halts:.jobs stopped jobs collected it did not come to its end: .* while the jobs ran in dom0
		unload ^halts:.unload stopped unload collected it did not come to its end: .* while the driver was unloaded
		collect ^halts:.collect stopped collect collected it did not come to its end: .* while the results were collected
		compare ^halts:.compare stopped compare collected it did not come to its end: .* while the results were compared
		half ^halts:.half stopped compare collected it did not come to its end: .* while the results were compared
		result ^halts:.result stopped compare collected it did not come to its end: .* while the results were compared
		end ^halts:.end pass end collected passed, as a rehearsal
		restart reboot:.Restarting.system pass end collected passed, as a rehearsal
	EOT
}

# One that writes what it prints to the console, before it goes on.
arming='forestage trial pv --driver /root/driver --jobs /steps/jobs --yes --dom0-option systemd.mask=steps.service'
cat >"$work/arm" <<EOT
. /steps/common.sh
set -e
get_forestage
forestage install --bundle /steps/image --method firmware --yes
cp -r /steps/driver /root/driver
cp /steps/halts /root/halts
chown -R root:root /root/driver
chmod -R go-w /root/driver
mkdir -p /etc/systemd/system/forestage-trial.service.d
cat >/etc/systemd/system/forestage-trial.service.d/halts.conf <<-'UNIT'
	[Service]
	ExecStart=
	ExecStart=/root/halts /dev/console 6 /usr/sbin/forestage trial run
UNIT
snapshot before
settings before
sync # it was installed some time ago
$arming --dom0-option loglevel=6
echo "power: armed" >/dev/console
sleep 1000
EOT
cat >"$work/look" <<EOT
. /steps/common.sh
look now
forestage trial show >/steps/now.shown 2>&1
forestage trial show --json >/steps/now.trial
snapshot now
settings now
last=\$(ls /var/lib/forestage/trials | head -n 1)
cp "/var/lib/forestage/trials/\$last/phases" /steps/now.phases
ls -A "/var/lib/forestage/trials/\$last" >/steps/now.folder
EOT
cat "$work/look" - >"$work/look-and-arm" <<EOT
$arming && forestage status --json >/steps/again.json
EOT

# What forestage.efi says where no run is to be started. That the order is gone may have been in a cache when the power
# went, of the disk or of QEMU; then a variable of the firmware has that it was used.
not_again='^forestage: falling back: (no order|order .* was used before)'

# machine_of DISK VARIABLES: as the power cut has left it; the copies themselves stay as they are.
machine_of() {
	rm -f "$disk"
	qemu-img create -q -f qcow2 -F qcow2 -b "$(realpath "$1")" "$disk"
	cp "$2" "$work/vars.fd"
}

# one_trial FILE: the trial itself, from its first cut to the normal boot behind it; FILE has the moments.
one_trial() {
	prepare_steps "$work/look"
	start_host
	tests/e2e/host/photographs.py "$machine" "$machine_log" "$disk" "$work/vars.fd" "$work/photographs" "$LIMIT" <"$1" || {
		machine_cut
		return 1
	}
	machine_wait "$LIMIT"
}

# same_host: all that a boot depends on is as before the trial, but for what a run leaves in a folder of its own.
same_host() {
	for one in before now; do
		grep -vE '(^| )\./EFI/forestage/' "$work/kept/$one" >"$work/$one.rest"
		[ -s "$work/$one.rest" ] || return 1
	done
	diff "$work/before.rest" "$work/now.rest" && diff "$work/kept/before.settings" "$work/kept/now.settings"
}

# shows WORDS: as trial show's result, in lines as wide as they are.
shows() {
	tr -s ' \n' ' ' <"$work/result/now.shown" | grep -qE "Result: $1" || {
		cat "$work/result/now.shown"
		return 1
	}
}

trial_is() {
	jq -e "$1" "$work/result/now.trial" >/dev/null || {
		cat "$work/result/now.trial"
		return 1
	}
}

# said_of_it STATE PHASE RUN WORDS: what the next boot says of the trial, and of the run before Xen.
said_of_it() {
	check "$cut: status says $1, $2; and of the run before Xen: $3" status_is now.json \
		".trial.state == \"$1\" and .trial.phase == \"$2\" and (.trial.text | test(\"^$4\")) and .state == \"$3\""
	check "$cut: trial show says the same" shows "$4"
	case $1 in
	pass) check "$cut: and for programs: pass" trial_is '.verdict == "pass" and .obstacle == null and .phase == "end"' ;;
	*)
		check "$cut: and for programs: incomplete, at $2, and why" trial_is \
			".verdict == \"incomplete\" and .phase == \"$2\" and .obstacle.step == \"$2\" and (.obstacle.why | test(\"^$4\"))"
		;;
	esac
}

fresh_host
payload
set_up "no stand-in of the driver" standin_build "$work/stand-in" works
standin_driver "$work/stand-in/works" "$work/payload/driver"
set_up "halts does not compile" "${CC:-gcc}" -std=c11 -D_GNU_SOURCE -I. -Wall -Wextra -Werror -Wshadow -Wformat=2 -Wundef \
	-O2 -static -o "$work/payload/halts" tests/e2e/host/halts.c

check "the power goes behind the order" run_until "^power: armed" "$work/arm"
steps_take "$steps" "$work/result"
cp "$work/serial.log" "$work/armed.log"
mkdir -p "$work/kept" "$work/photographs"
cp "$work/result/before" "$work/result/before.settings" "$work/kept/"
mv "$disk" "$work/armed.qcow2"
cp "$work/vars.fd" "$work/armed.fd"

cuts | while read -r cut rest; do
	case " ${CUTS:-$cut} " in *" $cut "*) echo "$cut $rest" ;; esac
done >"$work/cuts"
cut -d ' ' -f 1,2 "$work/cuts" >"$work/moments"

# The order is complete as soon as it is written: the next boot is the trial, once.
machine_of "$work/armed.qcow2" "$work/armed.fd"
cut=armed
check "armed: the next boot is the trial, and comes to its end" one_trial "$work/moments"
took
cp "$work/serial.log" "$work/trial.log"
check "armed: the boot behind it is a normal one" is_normal "$work/result/now.system"
said_of_it pass end collected "passed, as a rehearsal"

for cut in ${CUTS:-$(cut -d ' ' -f 1 "$work/cuts")}; do
	read -r cut pattern state phase run words <<-EOT
		$(grep "^$cut " "$work/cuts")
	EOT
	[ -f "$work/photographs/$cut.fd" ] || continue # it was said above
	machine_of "$work/photographs/$cut.qcow2" "$work/photographs/$cut.fd"
	check "$cut: the next boot comes up, and another trial can be armed in it" run_steps "$work/look-and-arm"
	took
	cp "$work/result/now" "$work/result/now.settings" "$work/kept/"
	echo "# $cut: $(tr '\n' ' ' <"$work/result/now.phases"); $(tr '\n' ' ' <"$work/result/now.folder")"
	check "$cut: it is a normal one, and the only one" \
		test "$(is_normal "$work/result/now.system" && boots_of "$not_again")" = 1
	check "$cut: nothing is armed" status_is now.json '.order == null and .state != "armed"'
	said_of_it "$state" "$phase" "$run" "$words"
	check "$cut: ESP, GRUB's files, boot entries, /etc and /boot are what they were" same_host
	check "$cut: another trial is armed then" status_is again.json '.trial.state == "armed" and .order != null'
done
finish_tests
