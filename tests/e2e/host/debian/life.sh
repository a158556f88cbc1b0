# What life.t expects on the Debian host alone; sourced there.
# shellcheck shell=sh disable=SC2034 # life.t's variables

# What the service is under: systemd of today.
arm_options='' exposure=2 limits="MemoryMax=4294967296 NoNewPrivileges=yes ProtectSystem=strict TimeoutStartUSec=15min "

# in_order_home: from the end of the stage to the end of the boot after it. GRUB looks for the order by itself.
in_order_home() {
	case $METHOD in
	firmware) without_order="^forestage: falling back: no order" ;;
	*) without_order="Loading Xen" ;;
	esac
	in_order "^forestage: kexec: starting Xen" "Xen version 4" "step 2 begins" "step 2 ended: 0" \
		"$without_order" "Xen version 4" "step 3 begins" "step 3 ended: 0"
}

checks_of_host() {
	:
}
