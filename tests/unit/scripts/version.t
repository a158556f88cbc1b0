#!/bin/sh
# version.h is the one place of the version: every program says the same, and no other source has it. The packages
# are in dist.t.
set -u
export LC_ALL=C

: "${BUILD:=build}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

. tests/tap.sh

version=$(sed -n 's/^#define FORESTAGE_VERSION "\(.*\)"$/\1/p' version.h)
forestage=$BUILD/dom0/forestage
runner=$BUILD/runner/forestage-run

# says VERSION COMMAND…: the command prints this line.
says() {
	line=$1
	shift
	"$@" | grep -Fx -- "$line" || { "$@" | head -n 3; return 1; }
}

efi_says() {
	grep -aoE 'forestage [0-9A-Za-z.~+-]+: order for run' "$BUILD/efi/forestage.efi" >"$work/efi"
	cat "$work/efi"
	[ "$(cat "$work/efi")" = "forestage $version: order for run" ]
}

# A run's records, its run.json and its report.
run_says() {
	LD_LIBRARY_PATH=$BUILD/rehearsal "$runner" --jobs samples/jobs --only vecadd --region "$work/region" || return 1
	"$forestage" collect --region "$work/region" --out "$work/run" || return 1
	python3 - "$version" "$work/run/run.json" <<-'END'
		import json, sys
		run = json.load(open(sys.argv[2]))
		said = [run["collected"]["version"], run["versions"]["forestage"], run["versions"]["forestage_run"]]
		print(said)
		sys.exit(said != [sys.argv[1]] * 3)
	END
}

report_says() {
	"$forestage" report "$work/run" --html "$work/report.html" || return 1
	grep -o 'Made by forestage [^ <]*' "$work/report.html" >"$work/footer"
	cat "$work/footer"
	sed 's/[.,;]$//' "$work/footer" | grep -Fqx "Made by forestage $version"
}

# Neither the source of a program nor what makes packages, pages or images has a version of its own. Samples of
# what some version has written are data.
nowhere_else() {
	git ls-files --cached --others --exclude-standard -- '*.c' '*.h' '*.mk' '*.sh' '*.md' Makefile docs/man scripts \
		':!tests' ':!version.h' >"$work/files"
	[ -s "$work/files" ] || return 1
	# README shows a run as it was.
	xargs -d '\n' grep -nF -- "$version" <"$work/files" | grep -vE '^README\.md:[0-9]+: {4}forestage '
	[ $? -eq 1 ]
}

check "version.h says a version that packages can have" \
	sh -c "echo '$version' | grep -qxE '[0-9]+\.[0-9]+\.[0-9]+'"
check "forestage --version" says "forestage $version" "$forestage" --version
check "forestage-run --version" says "forestage-run $version" "$runner" --version
check "forestage.efi" efi_says
check "run.json" run_says
check "the report" report_says
check "nothing else names it" nowhere_else
plan
