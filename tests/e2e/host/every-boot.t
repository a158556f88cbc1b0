#!/bin/sh
# An order for every boot, started by GRUB, on a host whose Xen is updated again and again: before a shutdown, before a
# reset, and before a reset behind everybody's back; then disarmed. Each Xen says who it is on the console.
: "${LIMIT:=3600}"
. tests/e2e/host/lib.sh

# update_xen WORD: another Xen in the place of this host's, which calls itself so (6 letters, as Debian).
cat >"$work/update_xen" <<'EOT'
update_xen() {
	word=$1
	for xen in /boot/xen-*-amd64.gz; do
		zcat "$xen" | LC_ALL=C sed -E "s/\x00[A-Z][a-z]{5}\x00pkg-xen/\x00$word\x00pkg-xen/" | gzip >"$xen.new"
		zcat "$xen.new" | grep -qaF "$word" || exit 9
		mv "$xen.new" "$xen"
	done
	sync
}

# withdrawn: waits until the order is off the ESP, a few minutes at most.
withdrawn() {
	for _ in $(seq 100); do
		[ -e /boot/efi/EFI/forestage/order ] || break
		sleep 3
	done
}
EOT

cat >"$work/install" <<'EOT'
. /steps/common.sh
set -e
get_forestage
forestage install --bundle /steps/image --method grub --yes
forestage arm --jobs /steps/jobs --every-boot --yes
systemctl is-active forestage-follow.service forestage-watch.path
EOT
# Shut down as ever.
cat >"$work/run1" <<'EOT'
. /steps/common.sh
. /steps/update_xen
look run1
update_xen Second
withdrawn
forestage status --json >/steps/updated1.json
EOT
# Reset: nothing of this system is asked any more.
cat >"$work/run2" <<'EOT'
. /steps/common.sh
. /steps/update_xen
look run2
update_xen Thirds
withdrawn
forestage status --json >/steps/updated2.json
sync
echo b >/proc/sysrq-trigger
EOT
# The boot behind it is a normal one, and arms anew.
cat >"$work/normal3" <<'EOT'
. /steps/common.sh
look normal3
EOT
# Nobody watches, and there is no time: the stage cannot know.
cat >"$work/run4" <<'EOT'
. /steps/common.sh
. /steps/update_xen
look run4
systemctl stop forestage-watch.path
update_xen Fourth
echo b >/proc/sysrq-trigger
EOT
cat >"$work/run5" <<'EOT'
. /steps/common.sh
look run5
EOT
cat >"$work/run6" <<'EOT'
. /steps/common.sh
look run6
ls /var/lib/forestage/runs >/steps/runs
forestage disarm
EOT
cat >"$work/normal7" <<'EOT'
. /steps/common.sh
look normal7
EOT

# xens: what each Xen on the console calls itself, in their order.
xens() {
	sed -n 's/^.*(XEN) Xen version 4\.17[^ ]* (\([A-Za-z]*\) 4\.17.*$/\1/p' "$work/console" | tr '\n' ' '
}

fresh_host
payload
cp "$work/update_xen" "$work/payload/"
check "the host lives through its steps" \
	run_steps "$work/install" "$work/run1" "$work/run2" "$work/normal3" "$work/run4" "$work/run5" "$work/run6" "$work/normal7"
took
echo "# Xens: $(xens)"
check "five runs" test "$(boots_of '^forestage: Linux')" = 5
check "each boot has the Xen that the host had then, but for the one that nobody could see" \
	test "$(xens)" = "Debian Debian Second Thirds Thirds Thirds Fourth Fourth "
for boot in run1 run2 run4 run5 run6; do
	check "$boot: collected by itself" status_is "$boot.json" \
		'.every_boot and (.state == "armed" or .state == "collected") and .strikes < 2 and .stale == null'
	check "$boot: passed" grep -q "forestage: run .* PASS" "$work/result/$boot.journal"
done
check "five run folders" test "$(wc -l <"$work/result/runs")" = 5
for boot in 1 2; do
	check "update $boot: the order is withdrawn at once" status_is "updated$boot.json" \
		'.order == null and (.withdrawn | startswith("Xen has changed since"))'
done
check "a reset behind an update: a normal boot" is_normal "$work/result/normal3.system"
check "which arms anew" status_is normal3.json '.state == "armed" and .every_boot and .stale == null'
check "and says so" grep -q "is armed anew: Xen has changed since" "$work/result/normal3.journal"
check "a boot from the old copy fails the service" grep -qx "Result=exit-code" "$work/result/run5.service"
check "and is said" grep -q "has started this system with what was armed before an update: Xen" \
	"$work/result/run5.journal"
check "and the next run is in the new one, and well" grep -qx "Result=success" "$work/result/run6.service"
check "disarmed: the next boot is a normal one" \
	is_normal "$work/result/normal7.system"
finish_tests
