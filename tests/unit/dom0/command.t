#!/bin/sh
# The forestage command as it is built: static, its man page as its help, its JSON as its schema.
set -u
export LC_ALL=C

: "${BUILD:=build}"
forestage=$BUILD/dom0/forestage
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

. tests/tap.sh

# exits CODE COMMAND…
exits() {
	expected=$1
	shift
	"$@"
	code=$?
	[ "$code" -eq "$expected" ] || {
		echo "exit code $code, not $expected" >&2
		return 1
	}
}

static() {
	! readelf -l "$forestage" | grep -E 'INTERP|DYNAMIC'
}

# Every option that one text has, one a line.
options() {
	grep -oE -- '--[a-z][a-z-]*' | sort -u
}

# The help of the command and of each verb.
every_help() {
	"$forestage" --help
	for verb in $("$forestage" --help | sed -n '/^Verbs:/,/^$/s/^  \([a-z][a-z]*\) .*/\1/p'); do
		"$forestage" help "$verb" || echo "no help for $verb: an option that is nowhere: --none"
	done
}

man_is_help() {
	sed 's/\\-/-/g' docs/man/forestage.8 | grep -v '^\.\\"' | options >"$work/man"
	every_help | options >"$work/help"
	diff "$work/man" "$work/help"
}

man_has_verbs() {
	"$forestage" --help | sed -n '/^Verbs:/,/^$/s/^  \([a-z][a-z]*\) .*/\1/p' >"$work/verbs"
	[ -s "$work/verbs" ] || return 1
	while read -r verb; do
		grep -qx "\.B $verb" docs/man/forestage.8 || { echo "no $verb"; return 1; }
	done <"$work/verbs"
}

narrow() {
	! every_help | grep -E '.{81}'
}

# What must be given has no brackets in the help.
html_is_required() {
	"$forestage" help report | grep -qx '  forestage report RUN\.\.\. --html FILE' && exits 2 "$forestage" report a
}

# collected NAME CODE: a sample's exit code, its run.json, and that both ways of getting it agree.
collected() {
	exits "$2" "$forestage" collect --json --region "$work/$1.region" >"$work/$1.json" || return 1
	tests/schema.py docs/run.schema.json "$work/$1.json" || return 1
	exits "$2" "$forestage" collect --region "$work/$1.region" --out "$work/$1.run" || return 1
	sed 's/"time": .*//' "$work/$1.json" >"$work/a"
	sed 's/"time": .*//' "$work/$1.run/run.json" >"$work/b"
	cmp "$work/a" "$work/b"
}

# The schema would take anything if it asked for nothing.
schema_refuses() {
	tests/schema.py docs/run.schema.json "$work/passed.json" || return 1
	sed "$1" "$work/passed.json" >"$work/changed.json"
	! cmp -s "$work/passed.json" "$work/changed.json" || return 1
	! tests/schema.py docs/run.schema.json "$work/changed.json"
}

# The reader of a pipe that is there no longer, and what the writer does before that.
nobody() {
	exec <&-
	: >"$work/gone"
}

until_nobody_reads() {
	until [ -e "$work/gone" ]; do sleep 0.1; done
	rm "$work/gone"
}

# An answer that cannot be given is no pass, whoever has closed the stream or left it.
unheard() {
	exits 4 "$forestage" collect --region "$work/passed.region" >&- || return 1
	exits 4 "$forestage" collect --region "$work/passed.region" --json >&- 2>&- || return 1
	{
		until_nobody_reads
		"$forestage" collect --region "$work/passed.region"
		echo $? >"$work/code"
	} | nobody
	[ "$(cat "$work/code")" -eq 4 ]
}

# closed STREAMS COMMAND…: runs it with these of 0, 1 and 2 closed.
closed() (
	case $1 in *0*) exec <&- ;; esac
	case $1 in *2*) exec 2>&- ;; esac
	case $1 in *1*) exec >&- ;; esac
	shift
	"$@"
)

# Files that are written get the descriptors that were free: none of them may get a message.
written_all_the_same() {
	for streams in 0 1 2 01 02 12 012; do
		rm -rf "$work/closed.run"
		closed "$streams" "$forestage" collect --region "$work/hostile.region" --out "$work/closed.run" --raw \
			--metrics "$work/closed.prom"
		diff -r -x run.json "$work/open.run" "$work/closed.run" || return 1
		sed 's/"time": .*//' "$work/open.run/run.json" >"$work/a"
		sed 's/"time": .*//' "$work/closed.run/run.json" >"$work/b"
		cmp "$work/a" "$work/b" || return 1
		grep -v timestamp_seconds "$work/open.prom" >"$work/a"
		grep -v timestamp_seconds "$work/closed.prom" >"$work/b"
		cmp "$work/a" "$work/b" || return 1
	done
}

# The same with a change of a whole host: it is made, and its exit code says so.
changed_all_the_same() {
	ROOT=$("$BUILD/tests/dom0-host" make debian) || return 1
	export ROOT
	esp=$ROOT/boot/efi/EFI/forestage
	for streams in 0 1 2 01 02 12 012; do
		exits 0 closed "$streams" "$BUILD/tests/dom0-host" arm --yes 2>"$work/errors" || return 1
		case $streams in # what was to be said has gone nowhere, and into no file instead
		1 | 01) grep -q 'the run is armed, but that could not be written' "$work/errors" || return 1 ;;
		0) [ ! -s "$work/errors" ] || return 1 ;;
		esac
		(cd "$esp" && sha256sum --status -c manifest) || return 1
		grep -rlE 'Armed:|^forestage: |Warning' "$ROOT/boot" "$ROOT/var" "$ROOT/run" && return 1
		exits 0 closed "$streams" "$BUILD/tests/dom0-host" disarm || return 1
	done
	{
		until_nobody_reads
		"$BUILD/tests/dom0-host" uninstall --yes
		echo $? >"$work/code"
	} | nobody
	[ "$(cat "$work/code")" -eq 0 ] && [ ! -e "$esp" ] && [ ! -e "$ROOT/var/lib/forestage" ]
	code=$?
	rm -rf "$ROOT"
	return $code
}

check "the sample regions are written" "$BUILD/tests/dom0-samples" "$work"
check "it is static" static
check "--version" sh -c "'$forestage' --version | grep -qE '^forestage [0-9]+\.[0-9]+\.[0-9]+$'"
check "the man page has the options of --help, and no others" man_is_help
check "the man page has every verb" man_has_verbs
check "the help is 80 columns wide" narrow
check "collect --help explains collect" sh -c "'$forestage' collect --help | grep -q 'Exit status: 0'"
check "report needs --html, and its help says so" html_is_required
check "no verb is wrong usage" exits 2 "$forestage"
check "an unknown verb is wrong usage" exits 2 "$forestage" frobnicate
check "standard output that is full is no pass" \
	sh -c "'$forestage' collect --region '$work/passed.region' >/dev/full; [ \$? -eq 4 ]"
check "an answer that nobody gets is no pass" unheard
"$forestage" collect --region "$work/hostile.region" --out "$work/open.run" --raw --metrics "$work/open.prom" >/dev/null 2>&1
check "closed streams get into no file" written_all_the_same
check "a change is made, and said to be made, whoever listens" changed_all_the_same
for sample in passed:0 failed:1 empty:1 unsealed:4 damaged:4 header:0 no-header:4 armed:4 zeroes:4 \
	hostile:1 printed:1; do
	if python3 -c 'import jsonschema' 2>/dev/null; then
		check "a run that is ${sample%:*}" collected "${sample%:*}" "${sample#*:}"
	else
		skip "a run that is ${sample%:*}" "python3-jsonschema is not installed"
	fi
done
if python3 -c 'import jsonschema' 2>/dev/null; then
	check "the schema refuses another verdict" schema_refuses 's/"verdict": "pass"/"verdict": "ok"/'
	check "the schema refuses a status that is none" schema_refuses 's/"status": "pass"/"status": "ok"/'
	check "the schema refuses a path that escapes" schema_refuses 's|"path": "stage/|"path": "../|'
	check "the schema refuses a missing key" schema_refuses 's/"complete"/"completed"/'
else
	skip "the schema refuses what is wrong" "python3-jsonschema is not installed"
fi
check "an unknown format is wrong usage" \
	exits 2 "$forestage" collect --region "$work/passed.region" --format html
check "two formats are wrong usage" \
	exits 2 "$forestage" collect --region "$work/passed.region" --format ktap --json
# A program that did not find a command has given no wrong result.
says_what_failed() {
	mkdir "$work/jobs"
	printf '[Job]\nType=program\n[Program]\nExec=sh -c nosuch\n' >"$work/jobs/a.conf"
	LD_LIBRARY_PATH=$BUILD/rehearsal exits 1 "$BUILD/runner/forestage-run" --jobs "$work/jobs" --region "$work/failed.region"
	exits 1 "$forestage" collect --region "$work/failed.region" >"$work/failed" || return 1
	cat "$work/failed"
	grep -q '^Because: *1 of 1 jobs ended with an exit code other than 0$' "$work/failed" &&
		grep -q 'the program ended with exit code 127' "$work/failed"
}
check "a program's exit code is called that" says_what_failed
check "a job folder is checked" exits 0 "$forestage" check samples/jobs
check "a job folder is checked as JSON" \
	sh -c "'$forestage' check samples/jobs --json | python3 -m json.tool >/dev/null"
plan
