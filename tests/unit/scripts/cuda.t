#!/bin/sh
# The CUDA and the PTX of a driver, as an image says them: by the table of lib/toolkit.h, and nothing for a driver that
# is not in it.
set -u
export LC_ALL=C

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

. tests/tap.sh

# says VERSION CUDA PTX
says() {
	[ "$(initramfs/cuda.sh "$1")" = "$(printf 'cuda=%s\nptx=%s' "$2" "$3")" ] || { initramfs/cuda.sh "$1"; return 1; }
}

nothing() {
	[ -z "$(initramfs/cuda.sh "$1")" ]
}

check "Debian 12's driver" says 535.261.03 12.2 8.2
check "Debian 13's driver" says 550.163.01 12.4 8.4
check "a branch between two" says 553.17 12.4 8.4
check "two CUDAs of one PTX" says 560.28.03 12.6 8.5
check "the first that is known" says 445.1 11.0 7.0
check "the last that is known" says 590.44.01 13.1 9.1
check "the rehearsal" says rehearsal 12.4 8.4
check "an older driver: nothing" nothing 440.33
check "a newer driver: nothing" nothing 610.43.02
check "no version: nothing" nothing none
plan
