#!/bin/sh
# Every suite of tests that this machine can run, and when each last passed: tests/suites.tsv, a row a suite, which is
# kept in the tree and committed by whoever ran them.
#
#   tests/suites.sh            the table, and what has changed under each suite since it passed
#   tests/suites.sh stale      a line for each suite that has not passed since its subject changed
#   tests/suites.sh run        runs those (make test-all)
#   tests/suites.sh list       NAME|COMMAND|SUBJECT, a line a suite
#
# A suite's subject is the files that it is about, below; it is stale when one of them is not as it was when the suite
# passed. What was interrupted goes on where it was: a suite that has passed meanwhile is not run again.
# Environment: SUITES (only these, by name), ALL (yes: those that are not stale, too, behind the others), BUILD.
set -eu
export LC_ALL=C

: "${BUILD:=build}" "${SUITES:=}" "${ALL:=}" "${TABLE:=tests/suites.tsv}"
export BUILD
logs=$BUILD/suites

# What every machine in QEMU is made of, and what all tests run in.
harness='tests/run tests/tap.sh tests/e2e/lib.sh'
product='Makefile version.h lib files region record store jobs efi initramfs kernels rehearsal runner guard dom0 samples scripts'
machine='tests/e2e/host/*.sh tests/e2e/host/files tests/e2e/host/packages tests/e2e/host/steps tests/systemd-219.*'
host="$machine tests/e2e/host/debian"
xcp="$machine tests/e2e/host/xcp-ng tests/standins tests/e2e/host/life.t"
driver='scripts/driver.sh scripts/driver scripts/fetch.sh'

# What is shorter in make test.
long='rehearsal/check region/flips runner/context dom0/follow dom0/gpu dom0/lock dom0/paths_attack dom0/race'

# Name, command, subject (patterns of git); in the order in which they run. Not run to the end so far: LONG=yes of
# kernel. On other machines: make test-gpu.
suites() {
	cat <<-EOT
		test|make test|.
		unit-long|make test-unit LONG=yes T="$long"|$product $harness tests/unit tests/*.py
		e2e-long|make test-e2e LONG=yes T="chain fat"|$product $harness tests/e2e/chain.t tests/e2e/fat.t tests/e2e/fat tests/e2e/dom0
		host-cuts|make test-host T=cuts|$product $harness $host tests/e2e/host/cuts.t
		host-life|make test-host T=life|$product $harness $host tests/e2e/host/life.t
		host-grub|make test-host T=grub|$product $harness $host tests/e2e/host/life.t tests/e2e/host/grub.t
		host-xcp-ng|make test-host T=xcp-ng|$product $harness $xcp tests/e2e/host/xcp-ng.t
		host-xcp-ng-grub|make test-host T=xcp-ng-grub|$product $harness $xcp tests/e2e/host/xcp-ng-grub.t
		host-every-boot|make test-host T=every-boot|$product $harness $host tests/e2e/host/every-boot.t
		host-trial|make test-host T=trial|$product $harness $host tests/e2e/host/trial.t tests/e2e/driver
		host-trial-cuts|make test-host T=trial-cuts|$product $harness $host tests/e2e/host/trial-cuts.t tests/e2e/host/halts.c tests/e2e/host/photographs.py tests/e2e/driver
		host-guard|make test-host T=guard|$product $harness $host tests/e2e/host/guard.t
		host-store|make test-host T=store|$product $harness tests/e2e/dom0 tests/e2e/store tests/e2e/host/store.t
		userland|make test-e2e T=userland LONG=yes|$product $harness tests/e2e/dom0 tests/e2e/store tests/e2e/userland.t samples/programs docs/recipes.md
		host-store-layouts|make test-host T=store-layouts|$product $harness tests/e2e/dom0 tests/e2e/store tests/e2e/host/store-layouts.t
		host-store-power|make test-host T=store-power|$product $harness tests/e2e/dom0 tests/e2e/store tests/e2e/host/store-power.t
		host-store-large|make test-host T=store-large|$product $harness tests/e2e/dom0 tests/e2e/store tests/bench/shelf.c tests/e2e/host/store-large.t
		host-store-life|make test-host T=store-life|$product $harness $host tests/e2e/host/store-life.t
		host-newcomer|make test-host T=newcomer|$product $harness $host tests/e2e/host/newcomer.t tests/e2e/host/newcomer.py tests/newcomer.py README.md docs/first-job.md docs/recipes.md
		host-timing|make test-host T=timing|$product $harness $host tests/e2e/host/timing.t
		faults|make faults|$product $harness tests/faults.py tests/e2e/*.t tests/e2e/*.py tests/e2e/dom0 tests/e2e/driver tests/e2e/fat tests/e2e/store docs/faults.md
		fleet|make test-fleet|$product $harness $host fleet tests/fleet tests/standins tests/unit/dom0/host*
		driver-real|make test-driver T=real|$product $harness tests/e2e/dom0 tests/driver/real.t tests/driver/gpu.py
		driver-given|make test-driver T=given|$product $harness tests/e2e/dom0 tests/driver/given.t tests/driver/gpu.py tests/driver/installer.sh tests/driver/unpacked.sh
		driver-gpus|make test-driver T=gpus|initramfs/gpus.tsv $driver tests/run tests/gpus.py tests/driver/gpus.t
		image-twice|make test-driver T=twice|$product tests/run tests/driver/twice.t
		evidence|make evidence|Makefile version.h lib files region record store jobs dom0 $driver tests/run tests/driver/gpu.py research docs/feasibility.md
		kernel|make kernel && make test-e2e KERNEL=own T="kernel secureboot"|$product $harness tests/e2e/dom0 tests/e2e/kernel tests/e2e/store tests/e2e/kernel.t tests/e2e/secureboot.t
	EOT
}

table_of_suites=$(suites)

say() {
	echo "suites: $*"
}

# The names of those that are asked for.
names() {
	if [ -n "$SUITES" ]; then echo "$SUITES" | tr -s ' ' '\n'; else suites | cut -d'|' -f 1; fi
}

# field SUITE NUMBER: of suites, by its name. It is asked for too often to start a program each time.
field() {
	while IFS='|' read -r its asked about; do
		[ "$its" = "$1" ] || continue
		case $2 in
		1) echo "$its" ;;
		2) echo "$asked" ;;
		3) echo "$about" ;;
		esac
	done <<-EOT
		$table_of_suites
	EOT
}

# row SUITE COLUMN: of the table; nothing when the suite has never passed.
row() {
	[ ! -f "$TABLE" ] || awk -F'\t' -v name="$1" -v column="$2" '$1 == name { print $column }' "$TABLE"
}

# in_subject SUITE COMMAND…: git's command on the subject's files. The table is part of none.
in_subject() {
	paths=$(field "$1" 3)
	shift
	set -f
	# shellcheck disable=SC2086 # a list of patterns
	git "$@" -- $paths ":(exclude)tests/suites.tsv"
	set +f
}

subject() {
	in_subject "$1" ls-files -s | git hash-object --stdin | cut -c 1-12
}

# What is in the working tree and in no commit.
uncommitted() {
	in_subject "$1" status --porcelain | cut -c 4-
}

# What has changed since the suite passed, a name a line.
changed() {
	commit=$(row "$1" 3)
	if git cat-file -e "$commit^{commit}" 2>/dev/null; then
		in_subject "$1" diff --name-only "$commit"
		in_subject "$1" ls-files --others --exclude-standard
	else
		echo "(its commit is not in this repository)"
	fi
}

is_fresh() {
	[ -n "$(row "$1" 8)" ] && [ "$(row "$1" 8)" = "$(subject "$1")" ] && [ -z "$(uncommitted "$1")" ]
}

# why_stale SUITE: one line.
why_stale() {
	if [ -z "$(row "$1" 3)" ]; then
		echo "$1 has never passed: $(field "$1" 2)"
		return
	fi
	since=$(changed "$1")
	echo "$1 passed last at $(row "$1" 3), since then $(echo "$since" | wc -l) of its files have changed:" \
		"$(echo "$since" | head -n 5 | tr '\n' ' ')($(field "$1" 2))"
}

stale() {
	for suite in $(names); do
		# make test is what asks
		[ "$suite" = test ] || is_fresh "$suite" || why_stale "$suite"
	done
}

show() {
	if [ -f "$TABLE" ]; then
		cut -f 1,3-7,9 "$TABLE" | column -t -s "$(printf '\t')"
	fi
	for suite in $(names); do
		is_fresh "$suite" || say "$(why_stale "$suite")"
	done
}

# What the figures depend on, without a name of the machine.
facts() {
	system=$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release)
	processor=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
	memory=$(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo)
	emulator=$(qemu-system-x86_64 --version 2>/dev/null | sed -n '1s/.*version \([0-9.]*\).*/QEMU \1 (TCG)/p')
	echo "$system, $(nproc) x $processor, $memory, ${emulator:-no QEMU}"
}

# figure PATTERN LOG: the last number behind it.
figure() {
	sed -n "s/$1\([0-9][0-9]*\).*/\1/p" "$2" | tail -n 1
}

# record SUITE COMMIT SUBJECT SECONDS LOG: the new table, in the order of the suites.
record() {
	printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$(field "$1" 2)" "$2" "$(date -u +%Y-%m-%d)" "$4" \
		"$(figure '^Files=' "$5")" "$(figure '^Files=[0-9]*, Tests=' "$5")" "$3" "$(facts)" >"$logs/row"
	{
		printf 'suite\tcommand\tcommit\tdate\tseconds\tfiles\ttests\tsubject\tmachine\n'
		for recorded in $(suites | cut -d'|' -f 1); do
			if [ "$recorded" = "$1" ]; then
				cat "$logs/row"
			elif [ -f "$TABLE" ]; then
				awk -F'\t' -v name="$recorded" '$1 == name' "$TABLE"
			fi
		done
	} >"$logs/table"
	cp "$logs/table" "$TABLE"
}

# passed LOG SUITE: the run says so itself, and none of its files was skipped; make test skips what needs more.
passed() {
	[ "$(tail -n 1 "$logs/code")" = 0 ] && grep -q '^Result: PASS' "$1" &&
		{ [ "$2" = test ] || ! grep -qE '^Skipped: [1-9][0-9]* file' "$1"; }
}

# run_suite SUITE: true when it passed.
run_suite() {
	log=$logs/$1.log
	commit=$(git rev-parse --short=12 HEAD) before=$(subject "$1") begin=$(date +%s)
	{
		sh -c "$(field "$1" 2)" 2>&1 </dev/null || code=$?
		echo "${code:-0}" >"$logs/code"
	} | tee "$log"
	seconds=$(($(date +%s) - begin))
	if ! passed "$log" "$1"; then
		say "$1 did not pass ($seconds s): $log"
		return 1
	fi
	if [ "$(subject "$1")" != "$before" ] || [ -n "$(uncommitted "$1")" ]; then
		say "$1 passed, but its files changed while it ran: not recorded"
		return 1
	fi
	record "$1" "$commit" "$before" "$seconds" "$log"
	say "$1 passed ($seconds s)"
}

# wanted: what is to run: the stale ones, and with ALL the others behind them.
wanted() {
	others=
	for suite in $(names); do
		if ! is_fresh "$suite"; then
			echo "$suite"
		elif [ "$ALL" = yes ]; then
			others="$others $suite"
		else
			say "$suite passed at $(row "$suite" 3), and nothing under it has changed since" >&2
		fi
	done
	for suite in $others; do echo "$suite"; done
}

# A result belongs to a commit.
all_committed() {
	for suite; do
		loose=$(uncommitted "$suite")
		[ -z "$loose" ] && continue
		say "$suite is about files that are not committed: $(echo "$loose" | head -n 5 | tr '\n' ' ')" >&2
		return 1
	done
}

run() {
	for suite in $SUITES; do
		[ -n "$(field "$suite" 1)" ] || {
			say "there is no suite $suite; there are: $(suites | cut -d'|' -f 1 | tr '\n' ' ')" >&2
			exit 2
		}
	done
	unset MAKEFLAGS MFLAGS MAKELEVEL # each suite is a make of its own
	mkdir -p "$logs"
	list=$(wanted)
	# shellcheck disable=SC2086 # a list of words
	all_committed $list || exit 2
	number=0 bad=
	total=$(echo "$list" | grep -c .) || :
	for suite in $list; do
		number=$((number + 1))
		say "$number of $total: $suite: $(field "$suite" 2)"
		run_suite "$suite" || bad="$bad $suite"
	done
	show
	say "$((number - $(echo "$bad" | wc -w))) of $total passed${bad:+; not:$bad}; the table is $TABLE: commit it"
	[ -z "$bad" ]
}

case ${1:-} in
'') show ;;
list) suites ;;
run | stale) "$1" ;;
*)
	sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'
	exit 2
	;;
esac
