#!/bin/sh
# The whole life on a reference host: installed, armed, run, collected, booted as before, uninstalled. What one host
# does besides, and what is expected of it alone, is in its folder: steps.sh and life.sh.
# METHOD: firmware (a boot entry, the default) or grub (lines in GRUB's configuration)
. tests/e2e/host/lib.sh

: "${METHOD:=firmware}"
# shellcheck source=tests/e2e/host/debian/life.sh
. "tests/e2e/host/$HOST/life.sh"
cat >"$work/install" <<EOT
. /steps/common.sh
set -e
arm_options="$arm_options"
snapshot before
get_forestage
systemctl is-enabled forestage-collect.service
# metrics go into a folder of another user, as node_exporter's is
install -d -o nobody /var/lib/prometheus/node-exporter
echo 'FORESTAGE_COLLECT=--metrics /var/lib/prometheus/node-exporter/forestage.prom' >/etc/default/forestage
systemd-analyze security --no-pager forestage-collect.service >/steps/security
forestage status || test \$? = 3
forestage install --bundle /steps/image --method $METHOD --yes
look installed
before_arm
forestage arm --jobs /steps/jobs $arm_options --yes
after_arm
look armed
cp /boot/efi/EFI/forestage/forestage.conf /boot/efi/EFI/forestage/next/next.conf /steps/
EOT
cat >"$work/after" <<'EOT'
. /steps/common.sh
look after
ls -lR /var/lib/forestage/runs
cp -r /var/lib/forestage/runs/*/run.json /steps/run.json
cat /boot/efi/EFI/forestage/handoff >/steps/handoff
cp /var/lib/prometheus/node-exporter/forestage.prom /steps/metrics
systemctl show -p MemoryMax -p TimeoutStartUSec -p ProtectSystem -p NoNewPrivileges \
	forestage-collect.service >/steps/limits
stat -c '%a %n' /var/lib/forestage/runs/* /var/lib/forestage/runs/*/run.json >/steps/modes
after_run
EOT
cat >"$work/uninstall" <<'EOT'
. /steps/common.sh
look normal
forestage uninstall --yes
code=$?
snapshot behind
drop_forestage
hash -r
{ command -v forestage; systemctl is-enabled forestage-collect.service; } >/steps/rest 2>/dev/null
exit $code
EOT

fresh_host
payload
begun=$(date +%s)
check "$METHOD: the host lives through its steps" \
	run_steps "$work/install" "$work/after" "$work/uninstall"
took
echo "# $METHOD: $(($(date +%s) - begun)) s"
mkdir -p "$work/run"
cp "$work/result/run.json" "$work/run/run.json" 2>/dev/null

check "installed and armed" step_ended 1 0
check "from the package" said 1 "^from the package: forestage"
check "which has enabled its service" said 1 "^enabled$"
check "before: not installed" said 1 "not installed"
check "installed: idle" status_is installed.json '.state == "idle" and .installed'
check "armed" status_is armed.json '.state == "armed" and .not_ready == null and .stale == null'
# With a boot entry forestage.efi starts every time and gives way; GRUB looks for the order by itself.
case $METHOD in
firmware) starts=2 ;;
*) starts=1 ;;
esac
check "the way: Xen, forestage.efi, Linux, jobs, kexec" in_order \
	"Xen version 4" "step 1 ended: 0" "^forestage .*order for run" "^forestage: Linux .*run" \
	"vecadd.*pass" "^forestage: sealed" "^forestage: kexec: starting Xen"
check "and on from there" in_order_home
check "the step in dom0 behind the run" step_ended 2 0
check "forestage.efi was started $starts times" \
	test "$(boots_of '^forestage( .*order for run|: falling back)')" = "$starts"
check "one run only" test "$(boots_of '^forestage: Linux')" = 1
check "after the run: the host's own dom0 under Xen" \
	grep -q "forestage.run=.*acpi_rsdp=" "$work/result/after.system"
check "after the run: it is Xen" grep -qx xen "$work/result/after.system"
check "the service has collected" status_is after.json \
	'.state == "collected" and .verdict == "pass" and .verdict_from == "run folder"'
check "the journal says so" grep -q "forestage: run .* PASS" "$work/result/after.journal"
check "the service is well" grep -qx "Result=success" "$work/result/after.service"
echo "# $(grep -a 'Overall exposure' "$work/result/security" | tr -cd '[:print:]')"
is_closed() {
	awk -v limit="$exposure" '/Overall exposure level/ { found = 1; sub(/.*: /, ""); good = $1 + 0 <= limit }
		END { exit !(found && good) }' "$work/result/security"
}
check "the service runs closed: at most $exposure of 10" is_closed
check "and within limits of time and memory" test \
	"$(sort "$work/result/limits" 2>/dev/null | tr '\n' ' ')" = \
	"$limits"
check "it could write to the ESP: the run is confirmed" \
	grep -qx "run=$(jq -r .run_id "$work/run/run.json" 2>/dev/null)" "$work/result/handoff"
check "and the metrics, to another user's folder" grep -q '^forestage_run_info{' "$work/result/metrics"
check "run.json follows its schema" tests/schema.py docs/run.schema.json "$work/run/run.json"
check "every sample job passed" json '.verdict == "pass" and ([.jobs[].status] | all(. == "pass"))'
check "only root reads the results" lines_all "^(700|600) " "$work/result/modes"
check "the next boot is a normal one" is_normal "$work/result/normal.system"
check "status then: collected" status_is normal.json '.state == "collected" and .verdict == "pass"'
check "uninstalled" step_ended 3 0
check "the ESP, GRUB's files and boot entries are what they were" \
	diff "$work/result/before" "$work/result/behind"
nothing_is_left() {
	[ -f "$work/result/rest" ] && ! grep -v '^disabled$' "$work/result/rest"
}
check "and with the package gone, command and service are" nothing_is_left
checks_of_host
finish_tests
