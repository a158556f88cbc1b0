#!/bin/sh
# The newcomer of tests/newcomer.py on the reference host: every command of README, docs/first-job.md and docs/recipes.md
# that needs a host, run as it stands there, with what the pages show compared. What needs another machine still is
# listed with its reason.
: "${LIMIT:=3600}"
. tests/e2e/host/lib.sh

newcomer=tests/e2e/host/newcomer.py
set_up "no plan" "$newcomer" plan "$work/plan"
fresh_host
payload
cp -r "$work/plan/payload" "$work/payload/newcomer"
mkdir "$work/said"

# What the steps of one machine have left, beside that of the others.
keep_said() {
	took
	cp "$work/result/newcomer"/*.out "$work/result/newcomer"/*.code "$work/result"/uninstalled* "$work/said/" 2>/dev/null
}

cut=
while read -r kind what <&3; do
	if [ "$kind" = cut ]; then
		check "the power goes while the jobs run" run_until "$what"
		cut=yes
		continue
	fi
	set --
	for step in $what; do set -- "$@" "$work/plan/$step"; done
	check "the host lives through ${cut:+the boot behind it: }$what" run_steps "$@"
	keep_said
done 3<"$work/plan/machines"

"$newcomer" list "$work/plan" >"$work/list"
while IFS='|' read -r id what why <&3; do
	if [ -n "$why" ]; then
		skip "$what" "$why"
	else
		check "$what" "$newcomer" judge "$work/plan" "$work/said" "$id"
	fi
done 3<"$work/list"
passed() {
	cat "$work/said"/part*.out | grep -q '^Verdict: *PASS' || { cat "$work/said"/part*.out; return 1; }
}
check "status shows the verdict of the run behind the reboot" passed
check "and all of it is uninstalled" test "$(cat "$work/said/uninstalled.code")" = 0
finish_tests
