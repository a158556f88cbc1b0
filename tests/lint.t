#!/bin/sh
# make lint: formatting, warnings of a second compiler, shell scripts, man pages, links, binaries. A warning is no
# failure: which slow suites have not passed since something under them changed (tests/suites.sh).
set -u
export LC_ALL=C

: "${BUILD:=build}"
export BUILD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

. tests/tap.sh

# nothing COMMAND…: it prints nothing.
nothing() {
	"$@" >"$work/found" 2>&1
	[ ! -s "$work/found" ] || { cat "$work/found"; return 1; }
}

# begin_with PATTERN: the files of the tree that do.
# shellcheck disable=SC2016 # perl's variables
begin_with() {
	git ls-files -z | xargs -0 perl -e 'my ($pattern, $file, $begin) = shift;
		for (grep { -f } @ARGV) {
			open($file, "<", $_) && read($file, $begin, 64) && $begin =~ /\A(?:$pattern)/ && print "$_\n"
		}' "$1"
}

formatted() {
	git ls-files --cached --others --exclude-standard '*.c' '*.h' | xargs clang-format-14 --dry-run --Werror
}

long_lines() {
	git ls-files '*.c' '*.h' '*.cu' | LC_ALL=C.UTF-8 xargs grep -nHE '^.{101,}$' | cut -d: -f1,2
}

clang_compiles() {
	make --no-print-directory -j"$(nproc)" clang >"$work/clang" 2>&1 || {
		grep -v '^  [A-Z]' "$work/clang" | tail -n 40
		return 1
	}
}

scripts_are_clean() {
	begin_with '#!/bin/(ba)?sh' >"$work/scripts"
	xargs -n 10 -P "$(nproc)" shellcheck -x <"$work/scripts"
}

modules_are_clean() {
	for module in Progress Progress/Session; do
		perl -Itests/lib -wc "tests/lib/$module.pm" || return 1
	done
}

man_warnings() {
	git ls-files 'docs/man/*' | while read -r page; do
		{ man --warnings -E UTF-8 -l -Tutf8 "$page" >/dev/null; } 2>&1
	done
}

laid_out() {
	git ls-files --cached --others --exclude-standard | grep -v ' ' | xargs tests/layout.py
}

# ansible-lint wants the collection where Ansible looks for one. Its schema allows no variable as max_fail_percentage, which
# validate.yml has; tests/fleet/site.t runs that one. And it wants an address of the sources in galaxy.yml: there is none.
collection_is_clean() {
	mkdir -p "$work/ansible_collections/forestage" && ln -s "$PWD/fleet" "$work/ansible_collections/forestage/fleet" &&
		yamllint -s -c tests/fleet/yamllint.yml fleet &&
		(cd "$work/ansible_collections/forestage/fleet" && LC_ALL=C.UTF-8 ANSIBLE_COLLECTIONS_PATH="$work" \
			HOME="$work" ansible-lint --offline -q --nocolor -c "$OLDPWD/tests/fleet/ansible-lint.yml" \
				--exclude playbooks/validate.yml --exclude inventory --exclude galaxy.yml)
}

# Relative links in Markdown lead somewhere.
broken_links() {
	git ls-files '*.md' | while read -r page; do
		grep -oE '\]\([^)#:]+[)#]' "$page" | sed 's/^](//; s/[)#]$//' | while read -r link; do
			[ -e "$(dirname "$page")/$link" ] || echo "$page: $link"
		done
	done
}

binaries() {
	begin_with '\x7fELF|MZ' | grep -v '^tests/fuzz/corpus/'
}

# A test that prints these words would end the whole run: what cannot be set up is that test's failure alone.
enders() {
	git grep -nE "(echo|printf|print)[( ].*Bail"" out!" -- tests
}

check "clang-format" formatted
check "no line over 100 columns" nothing long_lines
check "clang compiles everything without a warning" clang_compiles
check "shellcheck" scripts_are_clean
check "perl's own check" modules_are_clean
check "man pages" nothing man_warnings
check ".editorconfig" laid_out
check "yamllint and ansible-lint" collection_is_clean
check "links" nothing broken_links
check "rooms use what docs/architecture.md allows, in no circle" nothing tests/rooms.py
check "no binaries in the tree" nothing binaries
check "no test ends the others" nothing enders
tests/suites.sh stale | sed 's/^/# warning: /'
plan
