# What life.t expects on the host of XCP-ng's shape alone; sourced there.
# shellcheck shell=sh disable=SC2034 # life.t's variables
: "${work:?}"

# What the service is under: of what it says, systemd 219 knows this.
exposure=5.5 limits="MemoryMax=infinity NoNewPrivileges=yes ProtectSystem=full TimeoutStartUSec=15min "

# Started by the firmware, the run ends in the entry that is the default here, with a serial console; started by GRUB,
# in the one that is the default of most hosts, with the screen alone. What runs then is not what GRUB would start next.
case $METHOD in
firmware)
	arm_options='' entry="XCP-ng \(Serial\)" dom0_has="console=tty0 console=hvc0 "
	next_is='Entry: "XCP-ng \(Serial\)".*once only'
	;;
*)
	arm_options="--entry XCP-ng" entry="XCP-ng" dom0_has="quiet vga=785 splash plymouth.ignore-serial-consoles "
	next_is='decide with --entry'
	;;
esac

# in_order_home: from the end of the stage on, as far as the serial console shows it. The boot after the run is that of
# an entry without one.
in_order_home() {
	case $METHOD in
	firmware) in_order "^forestage: kexec: starting Xen" "Xen Version 4" "step 2 begins" "step 2 ended: 0" \
		"^forestage: falling back: no order" ;;
	*) not in_order "^forestage: kexec: starting Xen" "Xen [vV]ersion 4" ;;
	esac
}

# says STEP FROM TO PATTERN: what the step printed between two of its lines has it; without a line TO all that follows.
says() {
	sed -n "/^$2\$/,/^$3\$/p" "$work/result/$1.out" >"$work/part"
	tr '\n' ' ' <"$work/part" | tr -s ' ' | grep -qE "$4" && return
	cat "$work/part"
	return 1
}

# is_silent_on STEP FROM TO PATTERN: nothing in it has it, and there is something.
is_silent_on() {
	says "$1" "$2" "$3" "Entry:" && ! says "$@" >/dev/null
}

# The entry that was chosen for once is the first one, whose dom0 has a boot splash; by now GRUB has forgotten it.
booted_the_first() {
	grep -q "vga=785 splash" "$work/result/normal.system" && grep -q '^override_entry=0$' "$work/result/grubenv.chosen" &&
		! grep '=' "$work/result/grubenv.behind"
}

checks_of_host() {
	check "guests: those of this host are counted" \
		says 1 "with guests:" "without guests:" "Warning: 2 guests are running here"
	check "guests: what to do first" says 1 "with guests:" "without guests:" "xe host-disable.* xe host-evacuate"
	check "xe is asked about this host" says 1 "with guests:" "without guests:" \
		'Host: "host-one" \([0-9a-f-]{36}\), enabled; not the master of its pool; HA is off'
	check "and again after these commands" says 1 "without guests:" "arming:" \
		'Host: "host-one" \([0-9a-f-]{36}\), disabled'
	check "guests: none after that" is_silent_on 1 "without guests:" "arming:" "running here"
	check "the fallback entry is told of, which has the same lines" says 1 "without guests:" "arming:" \
		'Warning: "XCP-ng \(Serial\)" has the command lines of what runs here, but so has "XCP-ng \(Serial, Xen 4'
	check "the entry is $entry" says 1 "arming:" "-" "Entry: \"$entry\" Then Xen: /boot/xen.gz"
	check "dom0 behind the run has its options" grep -q "$dom0_has.*forestage.run=" "$work/result/after.system"
	check "armed: of the Xen that the link leads to" \
		status_is before-update.json '.state == "armed" and .stale == null'
	check "an update of Xen: the armed copy is old" \
		status_is updated.json '.state == "armed" and (.stale | test("/boot/xen.gz"))'
	check "armed again: of the new one" status_is armed.json '.state == "armed" and .stale == null'
	check "an entry for one boot: arm tells of it, or of what runs here" says 2 "with an entry for once:" "-" "$next_is"
	check "the boot behind it was that entry, and once" booted_the_first
}
