#!/bin/sh
# A stage that cannot go on: a kernel that panics, one that stops (hardware watchdog i6300esb), a Xen that
# cannot be loaded. Each time a reset and a normal boot, to which forestage.efi returns in GRUB, and status says why.
. tests/e2e/host/lib.sh

# Debian's normal kernel has the watchdog's driver as a module. The chipset's own watchdog goes without a driver:
# i6300esb is the only one.
stage_part=$work/part
stage_kernel=$(echo "$BUILD"/parts/dom0/boot/vmlinuz-*)
cp -al "$BUILD/parts/dom0" "$stage_part"
find "$stage_part" -name 'iTCO_wdt.ko' -delete
machine_extra="-device i6300esb -watchdog-action reset"

# job NAME SCRIPT: a folder with one job that runs a script in the stage.
job() {
	mkdir -p "$work/jobs-$1"
	printf '[Job]\nType=program\nDevice=0\nTimeout=300s\n\n[Program]\nExec=./run\n' >"$work/jobs-$1/$1.conf"
	printf '#!/bin/sh\n%s\n' "$2" >"$work/jobs-$1/run"
	chmod 755 "$work/jobs-$1/run"
}
job panic 'echo c >/proc/sysrq-trigger; sleep 100'
# shellcheck disable=SC2016 # expanded in the stage
job stop 'echo "watchdog: $(cat /sys/class/watchdog/watchdog0/identity)" >/dev/console
echo 0 >/proc/sys/kernel/panic; echo c >/proc/sysrq-trigger; sleep 100'

cat >"$work/install" <<'EOT'
. /steps/common.sh
set -e
get_forestage
forestage install --bundle /steps/image --method grub --yes
forestage arm --jobs /steps/jobs-panic --yes
EOT
cat >"$work/look-panic" <<'EOT'
. /steps/common.sh
look panic
forestage arm --jobs /steps/jobs-stop --yes
EOT
cat >"$work/look-stop" <<'EOT'
. /steps/common.sh
look stop
forestage arm --jobs /steps/jobs --yes
cd /boot/efi/EFI/forestage || exit
# an ELF file that is no Xen, with a manifest that agrees
head -c 100000 /bin/sh >next/xen
sed -i "s|^[0-9a-f]*\( [ *]next/xen\)|$(sha256sum next/xen | cut -c1-64)\1|" manifest
EOT
cat >"$work/look-xen" <<'EOT'
. /steps/common.sh
look xen
EOT

fresh_host
payload
cp -r "$work/jobs-panic" "$work/jobs-stop" "$work/payload/"
check "the host lives through its steps" \
	run_steps "$work/install" "$work/look-panic" "$work/look-stop" "$work/look-xen"
took
for name in panic stop xen; do
	check "$name: a normal boot behind it" \
		is_normal "$work/result/$name.system"
done
check "panic: reset by the kernel" console_has "Kernel panic.*sysrq"
check "panic: lost in the jobs" status_is panic.json '.state == "lost" and .lost_phase == "jobs"'
check "stop: reset by the watchdog; lost in the jobs" \
	status_is stop.json '.state == "lost" and .lost_phase == "jobs"'
check "stop: the watchdog is the card" console_has "^watchdog: i6300ESB"
check "stop: not by the kernel" \
	test "$(boots_of 'Rebooting in 10 seconds')" = 1
check "xen: the stage says so" console_has "^forestage: rebooting: the next boot is a normal one"
check "xen: status says that Xen could not be loaded" \
	status_is xen.json '.state == "lost" and .lost_phase == "reset" and (.note | test("Xen could not be loaded"))'
finish_tests
