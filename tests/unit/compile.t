#!/bin/sh
# tests/compile.py finds what clang does: a fault of each kind is planted, also of those that only the flow through a
# function shows or that only the end of a source does.
set -u
export LC_ALL=C

: "${CLANG:=clang-14}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

. tests/tap.sh

# The warnings as make has them, and one that it could.
flags="-std=c11 $(make -pn BUILD="$work/none" clang 2>/dev/null | sed -n 's/^WARN := //p') -Wimplicit-fallthrough"

# A warning that is to be there, or the words of an error without one, and a source; | ends a line of it.
cat >"$work/table" <<'END'
-Wunused-function           static int never(void) { return 1; }
-Wunused-variable           int f(void); int f(void) { int n; return 1; }
-Wunused-parameter          int f(int n); int f(int n) { return 1; }
-Wunused-but-set-variable   int f(void); int f(void) { int n; n = 1; return 1; }
-Wsometimes-uninitialized   int f(int a); int f(int a) { int b; if (a) b = 1; return b; }
-Wuninitialized             int f(void); int f(void) { int b; return b; }
-Wreturn-type               int f(int a); int f(int a) { if (a) return 1; }
-Wimplicit-fallthrough      int f(int a); int f(int a) { switch (a) { case 1: a++; case 2: a++; break; } return a; }
-Wswitch                    enum e { A, B }; void f(enum e e); void f(enum e e) { switch (e) { case A: return; } }
-Wshadow                    int f(int a); int f(int a) { { int a = 2; return a; } }
-Wformat-nonliteral         int printf(const char *, ...); void f(char *); void f(char *s) { printf(s, 1); }
-Wformat                    int printf(const char *, ...); int f(void); int f(void) { return printf("%s", 1); }
-Wmissing-prototypes        int f(void) { return 1; }
-Wstrict-prototypes         int f(); int f(void) { return 1; }
-Wundef                     int n;|#if NOT_DEFINED|#endif
-Wvla                       void f(int n); void f(int n) { int v[n]; (void)v; }
-Wsign-compare              int f(unsigned a, int b); int f(unsigned a, int b) { return a < b; }
-Wreturn-stack-address      int *f(void); int *f(void) { int n = 1; return &n; }
-Wincompatible-pointer-types int *f(char *c); int *f(char *c) { return c; }
-Wmacro-redefined           int n;|#define N 1|#define N 2
-Winitializer-overrides     int n[] = {[0] = 1, [0] = 2};
-Wimplicit-function-declaration int f(void); int f(void) { return g(); }
undeclared                  int f(void); int f(void) { return n; }
found                       #include "none.h"|int n;
static_assert               _Static_assert(sizeof(int) == 8, "not so");
END
mkdir "$work/sources"
awk -v folder="$work/sources/" '{
	file = folder $1 ".c"
	sub(/^[^ ]+ +/, "")
	gsub(/\|/, "\n")
	print >file
	close(file)
}' "$work/table"
printf '#include <stdio.h>\nint main(void)\n{\n\treturn printf("%%d\\n", 1) < 0;\n}\n' >"$work/sources/clean.c"

# says SOURCE…
says() {
	# shellcheck disable=SC2086 # a list of words
	tests/compile.py "$CLANG" "$@" -- $flags
}

# missed: the faults of the table that were not found where they are.
missed() {
	awk 'NR == FNR { missed[$1]; next }
		match($0, /\/[^\/]*\.c:/) {
			fault = substr($0, RSTART + 1, RLENGTH - 4)
			if (index(substr($0, RSTART + RLENGTH), fault ~ /^-/ ? " [" fault "]" : fault)) delete missed[fault]
		}
		END { for (fault in missed) print fault }' "$work/table" "$1"
}

nothing_missed() {
	missed "$work/said" >"$work/missed"
	cat "$work/missed"
	[ -s "$work/table" ] && [ ! -s "$work/missed" ]
}

all_missed() {
	[ "$(missed /dev/null | wc -l)" -eq "$(wc -l <"$work/table")" ]
}

not_said() {
	! grep -F "/$1" "$work/said"
}

gives_up() {
	says "$1" >"$work/none" 2>&1
	[ $? -eq 1 ] && grep "$2" "$work/none"
}

says "$work"/sources/*.c "$work/none.c" >"$work/said" 2>&1
check "faults end it with 1" test "$?" -eq 1
check "each of the table is found" nothing_missed
check "which is a check that can fail" all_missed
check "nothing is said of a source without fault" not_said clean.c
check "a source that is not there is a fault" grep "none\.c" "$work/said"
CLANG=/bin/true
check "so is no clang" gives_up "$work/sources/clean.c" "libclang"
plan
