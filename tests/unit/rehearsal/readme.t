#!/bin/sh
# README.md's lines for trying it without an image, as they stand there, but for make: on a machine with or without a GPU
# they end in a collected run.
set -u
export LC_ALL=C

: "${BUILD:=build}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
unset LD_LIBRARY_PATH

. tests/tap.sh

needs "$BUILD/runner/forestage-run" "$BUILD/dom0/forestage" "$BUILD/rehearsal/libcuda.so.1"

# The lines that begin with four blanks behind the sentence. README's build/ is $BUILD, its files lie in $work.
sed -n '/^The same runner, kernels and jobs run on a real GPU/,/^## /s/^    //p' README.md >"$work/lines"
build=$(cd "$BUILD" && pwd)
sed "/^make\$/d; s|\\\$PWD/build/|$build/|g; s|\\([ =]\\|^\\)build/|\\1$build/|g; s|run\\.region|$work/run.region|g
	s|--out run\$|--out $work/run|" "$work/lines" >"$work/script"

tried() {
	cat "$work/script"
	sh -e "$work/script"
}
check "README has the lines" test "$(grep -c 'forestage' "$work/script")" -ge 2
check "they run as they stand" tried
check "and leave a run" test -s "$work/run/run.json"
plan
