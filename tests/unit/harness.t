#!/bin/sh
# How the tests are run (tests/prove, tests/run, tests/prepare.sh): what fails, fails alone, and is named.
set -u
export LC_ALL=C

: "${BUILD:=build}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

. tests/tap.sh

# test_file NAME: a test of the run, from standard input, with the project's TAP functions.
test_file() {
	{
		# shellcheck disable=SC2016 # expanded in the test
		printf '#!/bin/sh\nwork=$(mktemp -d)\ntrap '\''rm -rf "$work"'\'' EXIT\n. tests/tap.sh\n'
		cat
	} >"$work/$1"
	chmod +x "$work/$1"
}

test_file good.t <<'EOT'
check "one" true
check "two" true
plan
EOT
test_file unready.t <<'EOT'
check "before" true
set_up "no machine" sh -c "echo trying; echo 'the archive is gone' >&2; exit 3"
check "never reached" true
plan
EOT
test_file unready-within.t <<'EOT'
starts() {
	set_up "no disk" sh -c "echo 'no room' >&2; exit 1"
}
check "the machine starts" starts
plan
EOT
test_file needs.t <<'EOT'
needs /nowhere/program
plan
EOT
test_file fails.t <<'EOT'
check "right" true
check "wrong" sh -c "echo what it printed; false"
plan
EOT
test_file dies.t <<'EOT'
check "alive" true
exit 3
EOT
test_file killed.t <<'EOT'
kill -SEGV $$
EOT
test_file skipped.t <<'EOT'
skip_all "no such hardware"
EOT
test_file endless.t <<'EOT'
sleep 1000 &
sleep 1000
EOT
test_file warns.t <<'EOT'
check "well" true
echo "# warning: something is old"
plan
EOT
kept_build=$BUILD
broken="unready unready-within needs fails dies killed endless"

# run_of NAME…: a run of these tests, two at a time; its output, and 0 when prove says that all is well.
run_of() {
	set -- "$@"
	files=
	for file; do files="$files $work/$file.t"; done
	# shellcheck disable=SC2086 # a list of files
	BUILD="$work/nowhere" TEST_LIMIT=5 tests/prove -j 2 $files >"$work/out" 2>&1
	code=$?
	cat "$work/out"
	return "$code"
}

says() {
	grep -qE -- "$1" "$work/out" || { cat "$work/out"; return 1; }
}

last_line() {
	[ "$(tail -n 1 "$work/out")" = "$1" ] && tail -n 2 "$work/out" | head -n 1 | grep -q "^$2"
}

not() {
	! "$@"
}

check "all is well: exit code 0" run_of good skipped warns
check "all is well: a line for each file, which of how many, and what is next" \
	says "1/3  ok +[0-9]+ s  $work/good.t  \(.*next: $work/warns.t\)|[12]/3  .*next: $work/warns.t\)"
check "all is well: the last lines are prove's" last_line "Result: PASS" "Files=3, Tests=3, "
check "all is well: what was skipped is counted, and why is said" says "^Skipped: 1 file, and 0 checks"
check "all is well: the reason" says "no such hardware"
check "all is well: a warning is shown" says "# warning: something is old"
check "all is well: the slowest are listed" says "^Slowest files"

# shellcheck disable=SC2086 # a list of names
check "set-ups and others broken on purpose: the exit code is not 0" not run_of good $broken missing warns
for line in "unready.t: set-up: no machine: the archive is gone" "unready-within.t: set-up: no disk: no room" \
	"needs.t: set-up: /nowhere/program is not there" "fails.t: check 2: wrong" \
	"dies.t: ended without a plan, behind 1 check \(exit code 3\)" \
	"killed.t: ended without a plan, behind 0 checks \(signal 11\)" \
	"endless.t: ended without a plan, behind 0 checks \(not done within 5 s\)" "missing.t: set-up: .*/missing.t is not there"; do
	check "named at the end: $line" says "^  $work/$line"
done
check "the others ran, and how many is said" says "^Not passed: 8 of 10 files$"
check "the last lines are prove's" last_line "Result: FAIL" "Files=10, Tests="
check "the good one is in no list of the failed" not says "^  $work/(good|warns).t: "
check "what failed is shown with what it printed" says "#   what it printed"
check "so is what a set-up said" says "#   the archive is gone"

# What each took, and in which order the next run has them. What failed may have ended early: what it took before stays.
kept_times() {
	sed -n "s|^$work/\([a-z]*\)\.t	\([0-9.]*\)	\([0-9.]*\)$|\1 \2 \3|p" "$work/build/tests/times.tsv"
}
times_are_kept() {
	mkdir -p "$work/build/tests"
	printf '%s\t77.0\t7.0\n' "$work/other.t" "$work/fails.t" "$work/good.t" >"$work/build/tests/times.tsv"
	export BUILD="$work/build"
	tests/prove "$work/fails.t" "$work/good.t" "$work/works.t" >"$work/out" 2>&1
	kept_times | tee "$work/times" | awk '$1 == "works" { works = $3 >= 0.2 } $1 == "good" { good = $2 < 77 }
		$1 == "other" || $1 == "fails" { kept += $2 == 77 } END { exit !(works && good && kept == 2 && NR == 4) }' || {
		cat "$work/times" "$work/out"
		return 1
	}
	tests/longest.sh "$work/good.t" "$work/new.t" "$work/works.t" "$work/other.t" "$work/newer.t" >"$work/order"
	printf "$work/%s.t\n" new newer other works good | diff "$work/order" -
}
test_file works.t <<'EOT'
check "it counts" awk 'BEGIN { while (i < 20000000) i++ }'
check "it waits" sleep 0.5
plan
EOT
check "what each file took is kept, and the longest begin the next run" times_are_kept
export BUILD="$kept_build"

# What T= names.
# shellcheck disable=SC2016 # make's
named() {
	make -s --eval='named: ; @echo $(named-units)' named T="$1" 2>&1
}
room_is_whole() {
	number=$(find tests/unit/rehearsal -name 'test_*.c' -o -name '*.t' | grep -c .)
	[ "$(named rehearsal | wc -w)" -eq "$number" ] || { named rehearsal; return 1; }
}
check "T=ROOM/NAME: a test in C" test "$(named rehearsal/parser)" = "$BUILD/tests/unit/rehearsal/parser.t"
check "T=ROOM/NAME: a script" test "$(named rehearsal/check)" = tests/unit/rehearsal/check.t
check "T=ROOM: all of the room" room_is_whole
check "a name that none has: the near ones, with their room" grep -q 'no such test; near:.* rehearsal/parser' <<-EOT
	$(named rehearsal/prser)
EOT

# The programs in C that scripts run are among what is built for these.
# shellcheck disable=SC2016 # make's
built() {
	make -s --eval='built: ; @echo $(units-of-scripts)' built T="$1" 2>&1
}
programs_are_built() {
	grep -ohE 'tests/unit/[a-z0-9_]+/[a-z0-9_]+\.t' tests/unit/runner/context.t | sort -u >"$work/run"
	[ -s "$work/run" ] || return 1
	built runner/context | tr ' ' '\n' | sort >"$work/built"
	sed "s|^|$BUILD/|" "$work/run" | diff - "$work/built"
}
check "T= of a script that runs tests in C: these are built" programs_are_built
check "T= of one that runs none: none is" test -z "$(built rehearsal/check)"

# A default that one room's rules give a variable holds in all of them: bench-fleet's 2500 was what test-fleet ran.
defaults_stay() {
	git ls-files --cached --others --exclude-standard -- '*rules.mk' >"$work/rules"
	xargs grep -nE '^[A-Z_]+ *[?]=' <"$work/rules" >"$work/defaults"
	[ -s "$work/defaults" ] || return 1
	while IFS=: read -r file _ line; do
		name=${line%%[ ?]*}
		others=$(grep -vx "$file" "$work/rules" | xargs grep -lE "[$][({]$name\b")
		[ -z "$others" ] || { echo "$name: a default in $file, read in $others"; return 1; }
	done <"$work/defaults"
}
check "a variable with a default is read by the rules of its own room alone" defaults_stay

# The step before the first file: one target that does not compile, one that is there from before and no longer would.
cat >"$work/Makefile" <<EOT
$work/good:
	echo good >\$@
$work/bad:
	echo "bad.c:1: error: no such thing" >&2; false
$work/stale: $work/bad
	touch \$@
EOT
prepared() {
	env BUILD="$work/build" tests/prepare.sh "$@"
}
noted() {
	grep -qE "$2" "$work/build/tests/setup/$1.failed" || { cat "$work/build/tests/setup/$1.failed"; return 1; }
}
in_setup() {
	env BUILD="$work/build" SETUP_STEPS="$1" tests/setup.t >"$work/out" 2>&1
	code=$?
	cat "$work/out"
	return "$code"
}
touch "$work/stale"
check "a broken build: the run goes on" prepared build "$work/good" "$work/bad" "$work/stale" -- make -s -f "$work/Makefile"
check "what could be built is there" test -f "$work/good"
check "what was not is noted, with the compiler's words" noted build "/bad was not built .*bad.c:1: error: no such thing"
check "what is left from before is gone" test ! -e "$work/stale"
check "and noted" noted build "/stale was not built"
check "the build is a failure of the run's own" not in_setup build
check "which says what" says "/bad was not built"
check "a step that fails: the run goes on" prepared parts sh -c "echo 'E: no such package' >&2; exit 100"
check "a step that fails is noted with its last words" noted parts "no such package"
check "a step that fails is a failure of the run's own" not in_setup "parts"
check "a step that succeeds" prepared parts true
check "it is noted no more" in_setup "parts"
check "a step that was not run is no success" not in_setup "packages"

# A test that boots, in a run whose parts could not be fetched.
mkdir -p "$work/fetched/tests/setup"
for file in efi/forestage.efi efi/fallback.efi initramfs/init runner/forestage-run dom0/forestage rehearsal/libcuda.so.1; do
	mkdir -p "$work/fetched/$(dirname "$file")"
	: >"$work/fetched/$file"
done
echo "scripts/parts.sh: the archive cannot be reached" >"$work/fetched/tests/setup/parts.failed"
boots() {
	env BUILD="$work/fetched" tests/e2e/fallthrough.t >"$work/out" 2>&1
	code=$?
	cat "$work/out"
	return "$code"
}
check "no parts: a test that boots fails" not boots
check "no parts: it says why" says "^not ok 1 - set-up: scripts/parts.sh: the archive cannot be reached"
rm "$work/fetched/dom0/forestage"
check "no program: a test that boots fails" not boots
check "no program: it says which" says "^not ok 1 - set-up: .*/dom0/forestage is not there"
plan
