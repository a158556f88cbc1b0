# What the steps do on the host of XCP-ng's shape alone; sourced in dom0 by common.sh.
# shellcheck shell=sh
folder=/boot/efi/EFI/xenserver
grubenv=$folder/grubenv

# Debian's rpm has no list of what is installed. The units are then what systemd 219 would read in them: this one is of
# today.
get_forestage() {
	rpm --force-debian --nodeps -i /steps/forestage.rpm && owner=$(rpm -qf /usr/sbin/forestage) &&
		echo "from the package: $owner" && forestage --version || return
	for unit in $(rpm -ql forestage | sed -nE 's,^/usr/lib/systemd/system/([^/]+\.(service|path))$,\1,p'); do
		awk -f /steps/systemd-219.awk /steps/systemd-219.txt "/usr/lib/systemd/system/$unit" \
			>"/etc/systemd/system/$unit" || return
	done
	systemctl daemon-reload
}

drop_forestage() {
	cp "$grubenv" /steps/grubenv.behind
	rpm --force-debian -e forestage
	rm /etc/systemd/system/forestage-*
	systemctl daemon-reload
}

# xl info tells the options that Xen was started with: those of the first two entries whose dom0 this is.
tell_xl() {
	title='XCP-ng (Serial)'
	! grep -q 'vga=785' /proc/cmdline || title=XCP-ng
	mkdir -p /etc/xl.state
	sed -n "/^menuentry '$title'/,/^}/s/^\tmultiboot2 [^ ]* /xen_commandline        : /p" "$folder/grub.cfg" >/etc/xl.state/info
}

# Guests go first: by the commands that arm's warning has, as they stand there.
before_arm() {
	tell_xl
	echo "with guests:"
	forestage arm --jobs /steps/jobs --dry-run >/tmp/advice
	cat /tmp/advice
	tr '\n' ' ' </tmp/advice | tr -s ' ' | grep -oE 'xe host-(disable|evacuate) host=[^ ,]+' | sh -ex
	echo "without guests:"
	forestage arm --jobs /steps/jobs --dry-run
	echo "arming:"
}

# What yum update does to Xen: a file of another name, the old one gone, and the link that GRUB's entries name. It is
# the same Xen, if XEN= names no other, with another word in its banner, so that the console tells which one was started.
after_arm() {
	forestage status --json >/steps/before-update.json
	new=/steps/xen.gz
	[ -f "$new" ] || new=/boot/xen.gz
	gzip -dc "$new" | sed 's/Xen version %d/Xen Version %d/' | gzip -1 >/boot/xen-4.17-2.gz
	rm "/boot/$(readlink /boot/xen.gz)"
	ln -sfn xen-4.17-2.gz /boot/xen.gz
	forestage status --json >/steps/updated.json || :
	# shellcheck disable=SC2086,SC2154 # a list of words, of life.t
	forestage arm --jobs /steps/jobs $arm_options --yes
}

# What setNextBoot of XCP-ng's python-libs does: the first entry, once, at the boot behind this one.
after_run() {
	tell_xl
	xe host-enable host=host-one
	grub-editenv "$grubenv" set override_entry=0
	cp "$grubenv" /steps/grubenv.chosen
	echo "with an entry for once:"
	forestage arm --no-jobs --dry-run || : # where it is in doubt, it refuses
}
