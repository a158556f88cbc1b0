#!/bin/sh
# An order for every boot, over three boots, started by GRUB; then disarmed.
. tests/e2e/host/lib.sh

cat >"$work/install" <<'EOT'
. /steps/common.sh
set -e
get_forestage
forestage install --bundle /steps/image --method grub --yes
forestage arm --jobs /steps/jobs --every-boot --yes
EOT
for boot in 1 2 3; do
	cat >"$work/look$boot" <<-EOT
		. /steps/common.sh
		look boot$boot
		ls /var/lib/forestage/runs >/steps/runs$boot
		[ $boot -lt 3 ] || forestage disarm
	EOT
done
cat >"$work/normal" <<'EOT'
. /steps/common.sh
look normal
EOT

fresh_host
payload
check "the host lives through its steps" \
	run_steps "$work/install" "$work/look1" "$work/look2" "$work/look3" "$work/normal"
took
check "three runs" test "$(boots_of '^forestage: Linux')" = 3
for boot in 1 2 3; do
	check "boot $boot: collected by itself" status_is "boot$boot.json" \
		'.every_boot and (.state == "armed" or .state == "collected") and .strikes < 2'
	check "boot $boot: a run folder more" test "$(wc -l <"$work/result/runs$boot")" = "$boot"
	check "boot $boot: passed" grep -q "forestage: run .* PASS" "$work/result/boot$boot.journal"
done
check "disarmed: the next boot is a normal one" \
	is_normal "$work/result/normal.system"
finish_tests
