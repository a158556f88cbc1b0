#!/bin/sh
# make lint: formatting, warnings of a second compiler, shell scripts, man pages, links, binaries.
set -u
export LC_ALL=C

: "${BUILD:=build}"
failed=0

report() {
	[ "$2" -eq 0 ] && { echo "ok: $1"; return; }
	echo "FAILED: $1"
	failed=1
}

sources=$(git ls-files --cached --others --exclude-standard '*.c' '*.h')
# shellcheck disable=SC2086 # lists of words, here and below
clang-format-14 --dry-run --Werror $sources
report "clang-format" $?

long=$(git ls-files '*.c' '*.h' '*.cu' | LC_ALL=C.UTF-8 xargs grep -nHE '^.{101,}$' | cut -d: -f1,2)
[ -z "$long" ]
report "no line over 100 columns ${long:+($long)}" $?

make --no-print-directory CC=clang-14 BUILD="$BUILD/clang" build >"$BUILD/clang.log" 2>&1
code=$?
[ "$code" -eq 0 ] || tail -n 20 "$BUILD/clang.log"
report "clang compiles everything without a warning" "$code"

scripts=$(git ls-files | while read -r file; do head -c 64 "$file" | head -n 1 | grep -qE '^#!/bin/(ba)?sh' && echo "$file"; done)
# shellcheck disable=SC2086
shellcheck -x $scripts
report "shellcheck" $?

pages=$(git ls-files 'docs/man/*')
warnings=$(for page in $pages; do man --warnings -E UTF-8 -l -Tutf8 "$page" 2>&1 >/dev/null; done)
[ -z "$warnings" ] || echo "$warnings"
[ -z "$warnings" ]
report "man pages" $?

files=$(git ls-files --cached --others --exclude-standard | grep -v ' ')
# shellcheck disable=SC2086
tests/layout.py $files
report ".editorconfig" $?

# Relative links in Markdown lead somewhere.
broken=$(git ls-files '*.md' | while read -r page; do
	grep -oE '\]\([^)#:]+' "$page" | sed 's/^](//' | while read -r link; do
		[ -e "$(dirname "$page")/$link" ] || echo "$page: $link"
	done
done)
[ -z "$broken" ] || echo "$broken"
[ -z "$broken" ]
report "links" $?

binaries=$(git ls-files | grep -v '^tests/fuzz/corpus/' | while read -r file; do
	case $(head -c 4 "$file" | od -An -tx1 | tr -d ' \n') in
	7f454c46 | 4d5a*) echo "$file" ;;
	esac
done)
[ -z "$binaries" ] || echo "$binaries"
[ -z "$binaries" ]
report "no binaries in the tree" $?
exit "$failed"
