#!/bin/sh
# The table of suites (tests/suites.sh): subjects that there are; and in a tree of its own, with a make that only says
# how it went: what is run, what is recorded, what is stale.
set -u
export LC_ALL=C

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

. tests/tap.sh

# Each pattern of each subject finds a file; a folder that was renamed would make a suite that is never stale.
subjects_exist() {
	tests/suites.sh list | cut -d'|' -f 3 | tr -s ' ' '\n' | sort -u >"$work/patterns"
	[ -s "$work/patterns" ] || return 1
	while read -r pattern; do
		[ -n "$(git ls-files -- "$pattern" | head -n 1)" ] || { echo "no file like $pattern"; return 1; }
	done <"$work/patterns"
}

# Each room that the Makefile includes is in the subject of the suites that boot the product.
rooms_are_subjects() {
	tests/suites.sh list | grep '^host-life|' | cut -d'|' -f 3 | tr -s ' ' '\n' | sort -u >"$work/subject"
	sed -nE 's|^include ([a-z]+)/rules.mk$|\1|p' Makefile | grep -vx tests | sort -u >"$work/rooms"
	[ -s "$work/rooms" ] && ! comm -13 "$work/subject" "$work/rooms" | grep .
}

# Every suite of make test-host and make test-driver is in the table.
every_test_has_a_suite() {
	for file in tests/e2e/host/*.t tests/driver/*.t; do
		tests/suites.sh list | cut -d'|' -f 2 | grep -q "T=$(basename "$file" .t)\$" || { echo "no suite runs $file"; return 1; }
	done
}

# The other tree: the files that the subjects name, and a make that prints what $work/result holds.
tree=$work/tree
mkdir -p "$tree/tests/e2e/host" "$tree/research/evidence" "$tree/dom0" "$tree/docs" "$work/bin"
cp tests/suites.sh "$tree/tests/"
for file in tests/e2e/host/cuts.t research/evidence/evidence.t dom0/main.c docs/feasibility.md; do echo 1 >"$tree/$file"; done
cat >"$work/bin/make" <<EOT
#!/bin/sh
echo "\$*" >>$work/ran
cat $work/result
grep -q PASS $work/result
EOT
chmod +x "$work/bin/make"
printf 'build\n' >"$tree/.gitignore"

two='SUITES=host-cuts evidence'

in_tree() {
	(cd "$tree" && env -u BUILD PATH="$work/bin:$PATH" GIT_CONFIG_GLOBAL=/dev/null "$@")
}

commit() {
	in_tree git add -A && in_tree git -c user.name=t -c user.email=t@example.org commit -qm "$1"
}

# suites WORDS…: tests/suites.sh there; what it said is kept, and its exit code.
suites() {
	: >"$work/ran"
	in_tree env "$@" >"$work/out" 2>&1
	code=$?
	cat "$work/out"
	return "$code"
}

exits() {
	expected=$1
	shift
	"$@"
	code=$?
	[ "$code" -eq "$expected" ] || { echo "exit code $code, not $expected"; return 1; }
}

ran() {
	cat "$work/ran"
	[ "$(cat "$work/ran")" = "$1" ]
}

says() {
	grep -qE -- "$1" "$work/out" || { cat "$work/out"; return 1; }
}

result() {
	printf '%s\n' "$@" >"$work/result"
}

column() {
	[ "$(awk -F'\t' -v name="$1" -v column="$2" '$1 == name { print $column }' "$tree/tests/suites.tsv")" = "$3" ] ||
		{ cat "$tree/tests/suites.tsv"; return 1; }
}

unchanged() {
	cmp "$work/before.tsv" "$tree/tests/suites.tsv"
}

nothing_stale() {
	suites "$two" tests/suites.sh stale && [ ! -s "$work/out" ]
}

check "every subject is of files that there are" subjects_exist
check "every room is a subject of the suites that boot" rooms_are_subjects
check "every slow test has a suite" every_test_has_a_suite

in_tree git init -q
commit first
result "ok 1" "Files=2, Tests=40, 9 wallclock secs" "Result: PASS"
check "at first all have never passed" suites "$two test" tests/suites.sh stale
check "which is said" says "^host-cuts has never passed: make test-host T=cuts"
check "make test is not told of itself" sh -c "! grep -q '^test ' '$work/out'"
check "both are run" suites "$two" tests/suites.sh run
check "by their commands" ran "test-host T=cuts
evidence"
check "the table has the commit" column host-cuts 3 "$(in_tree git rev-parse --short=12 HEAD)"
check "and the tests" column host-cuts 7 40
check "a second time nothing is run" suites "$two" tests/suites.sh run
check "really nothing" ran ""
check "ALL runs them again" suites "$two" ALL=yes tests/suites.sh run
check "in that order" ran "test-host T=cuts
evidence"
commit table
check "the table's own commit makes nothing stale" nothing_stale

echo 2 >"$tree/docs/feasibility.md"
check "a file that is not committed: refused" exits 2 suites "$two" tests/suites.sh run
check "the file is named" says "docs/feasibility.md"
check "nothing was run" ran ""
commit second
check "a change under one suite" suites "$two" tests/suites.sh stale
check "is named with the suite" says "^evidence passed last at .* 1 of its files have changed: docs/feasibility.md "
check "the other suite is not stale" sh -c "! grep -q '^host-cuts ' '$work/out'"
cp "$tree/tests/suites.tsv" "$work/before.tsv"
result "not ok 1" "Files=2, Tests=40, 9 wallclock secs" "Result: FAIL"
check "a suite that fails" exits 1 suites "$two" tests/suites.sh run
check "only the stale one was run" ran evidence
check "it is named" says "not: evidence"
check "the table stays" unchanged
result "ok 1" "Skipped: 1 file, and 0 checks of others" "Files=2, Tests=3, 9 wallclock secs" "Result: PASS"
check "a suite whose file was skipped has not passed" exits 1 suites "$two" tests/suites.sh run
check "the table stays as it was" unchanged
result "ok 1" "Files=2, Tests=41, 9 wallclock secs" "Result: PASS"
check "ALL: the stale one first" suites "$two" ALL=yes tests/suites.sh run
check "then the other" ran "evidence
test-host T=cuts"
check "the new result is in the table" column evidence 7 41
check "a suite that is none" exits 2 suites SUITES=nonsense tests/suites.sh run
check "says which there are" says "there are: test unit-long"
plan
