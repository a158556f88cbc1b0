#!/bin/sh
# tests/rooms.py, which lint runs, sees each fault that it is for: planted in a small tree of the test's own.
# shellcheck disable=SC2016 # Markdown's
set -u
export LC_ALL=C

script=$PWD/tests/rooms.py
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

. tests/tap.sh

# tree: two rooms of which the upper one uses the lower one, as the table says.
tree() {
	rm -rf "$work/tree"
	mkdir -p "$work/tree/docs" "$work/tree/low" "$work/tree/high/inner"
	cd "$work/tree" || exit 1
	git init -q .
	cat >docs/architecture.md <<-'END'
		| `low/` | what all use | – |
		| `high/` | a program | `low/` |
		| `high/inner/` | a part of it | – |
	END
	echo 'int low;' >low/low.h
	printf '#include "high/high.h"\n#include "low/low.h"\n' >high/high.c
	echo 'int high;' >high/high.h
	echo '#include "low/low.h"' >high/inner/inner.c # its program may, and so it may
}

# complains PATTERN: what is said is one line, and like that.
complains() {
	git add -A
	! "$script" >"$work/said" && [ "$(wc -l <"$work/said")" -eq 1 ] && grep -q "$1" "$work/said" && return
	cat "$work/said"
	return 1
}

silent() {
	tree
	git add -A
	"$script"
}

not_allowed() {
	tree
	: >high/inner/inner.c
	echo '#include "high/inner/inner.h"' >low/low.c
	complains '^low/low.c: low/ may not use high/inner/$'
}

in_a_circle() {
	tree
	sed -i 's|^\(.*low/.*\) – |\1 `high/` |' docs/architecture.md
	echo '#include "../high/high.h"' >low/low.c
	complains '^a circle: high > low > high$'
}

modules_in_a_circle() {
	tree
	echo '#include "low/other.h"' >>low/low.h
	echo 'int other;' >low/other.h
	echo '#include "low/low.h"' >low/other.c
	complains '^low/ has a circle: low > other > low$'
}

# Whose header it is, is what counts: low.h speaks for other.c.
declared_elsewhere() {
	tree
	printf 'extern int a, table[2];\nint other(int (*what)(void),\n\tint b);\n' >low/low.h
	printf '#include "low/low.h"\n\nint other(int (*what)(void), int b)\n{\n\treturn b;\n}\n' >low/other.c
	complains '^low/ has a circle: low > other > low$' || return 1
	printf '#include "low/low.h"\n\nint table[2] = { 1, 2 };\n' >low/other.c
	complains '^low/ has a circle: low > other > low$'
}

needless() {
	tree
	sed -i 's|^\(.*inner/.*\) – |\1 `high/` |' docs/architecture.md
	complains 'high/inner/ does not use high/$'
}

crowded() {
	tree
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do : >"low/$i.c"; done
	complains '^low/ has 16 sources, more than 15$'
}

not_in_the_table() {
	tree
	mkdir new
	: >new/new.c
	complains 'new/ is not in the table$'
}

not_in_the_tree() {
	tree
	echo '| `old/` | what was | – |' >>docs/architecture.md
	complains 'old/ is no room of the tree$'
}

check "all is well: nothing is said" silent
check "an include that the table does not allow" not_allowed
check "a circle that the table allows" in_a_circle
check "a circle of modules in a room" modules_in_a_circle
check "a header that declares what a module above it defines" declared_elsewhere
check "a row that allows what nobody needs" needless
check "a room with too many sources" crowded
check "a room that is not in the table" not_in_the_table
check "a row of no room" not_in_the_tree
plan
