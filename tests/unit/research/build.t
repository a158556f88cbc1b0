#!/bin/sh
# research/nvidia-pat/build.sh with a driver that is none: a tree whose make leaves an empty object. Which patches are
# chosen, what is refused, and what is kept from one build to the next.
set -u

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

. tests/tap.sh

mkdir -p "$work/pat" "$work/headers" "$work/source/nvidia"
cp research/nvidia-pat/build.sh "$work/pat/"
touch "$work/headers/Makefile" "$work/source/nvidia/nv-kernel.o_binary"
cat >"$work/source/Kbuild" <<'EOT'
ccflags-y += -DNV_VERSION_STRING=\"535.261.03\"
EOT
# It asks the "kernel" only where nobody has kept the answer.
cat >"$work/source/Makefile" <<'EOT'
modules: conftest/answer
	gcc -c -x c /dev/null -o nvidia.ko
conftest/answer:
	mkdir -p conftest
	echo asked >>$(ASKED)
	touch $@
clean:
	rm -rf conftest
EOT
printf 'one\ntwo\nthree\n' >"$work/source/nvidia/nv-vm.c"
printf 'index\n' >"$work/source/nvidia/nv-pat.c"

# patch_of NAME FILE OLD NEW
patch_of() {
	printf -- '--- a/%s\n+++ b/%s\n@@ -1 +1 @@\n-%s\n+%s\n' "$2" "$2" "$3" "$4" >"$work/pat/$1.patch"
}

patch_of write-combining nvidia/nv-pat.c index any-index
patch_of dom0-dma-535 nvidia/nv-vm.c one older
patch_of dom0-dma-550 nvidia/nv-vm.c one newer
patch_of dom0-dma-570 nvidia/nv-vm.c another newest

build() {
	rm -rf "$work/out"
	ASKED=$work/asked MODULES=nvidia "$work/pat/build.sh" "$@" --kernel 6.1.0 --headers "$work/headers" \
		"$work/source" "$work/out" >"$work/log" 2>&1
	code=$?
	cat "$work/log"
	return "$code"
}

# first_lines FILE WORD: of the tree that was built.
first_line() {
	[ "$(head -n 1 "$work/out/nvidia-pat-535.261.03/nvidia/$1")" = "$2" ]
}

refuses() {
	words=$1
	shift
	! build "$@" && grep -q "$words" "$work/log" && [ ! -e "$work/out/modules/nvidia.ko" ]
}

asked() {
	[ "$(wc -l <"$work/asked")" -eq "$1" ]
}

check "--stock builds" build --stock
check "there is a module" test -s "$work/out/modules/nvidia.ko"
check "with no patch" first_line nv-pat.c index
check "nor any of the others" first_line nv-vm.c one
check "it says so" grep -q "with no patch" "$work/log"

check "without an option it builds" build
check "with write-combining" first_line nv-pat.c any-index
check "and nothing else" first_line nv-vm.c one

check "--dma builds" build --dma
check "with write-combining, too" first_line nv-pat.c any-index
check "of two patches that fit the newer one is taken" first_line nv-vm.c newer

printf 'no line that a patch knows\n' >"$work/source/nvidia/nv-vm.c"
check "where no patch fits nothing is built" refuses "dom0-dma: no patch fits 535.261.03" --dma
printf 'one\ntwo\nthree\n' >"$work/source/nvidia/nv-vm.c"
printf 'other\n' >"$work/source/nvidia/nv-pat.c"
check "nor where the first does not" refuses "write-combining: no patch fits 535.261.03"

rm "$work/source/nvidia/nv-pat.c"
check "a driver without nv-pat.c needs no write-combining" build --dma
check "it says so" grep -q "accepts every page attribute table by itself" "$work/log"
check "and takes the other" first_line nv-vm.c newer

rm -f "$work/asked"
CONFTEST=$work/kept
export CONFTEST
check "with CONFTEST it builds" build --stock
check "the kernel is asked" asked 1
check "the answers are kept" test -e "$work/kept/answer"
check "it builds again" build --dma
check "the kernel is not asked again" asked 1

rm "$work/source/nvidia/nv-kernel.o_binary"
check "a tree without its core is refused" refuses "no nvidia/nv-kernel.o_binary" --stock
rm "$work/source/nvidia/nv-vm.c"
check "what is no driver is refused" refuses "these are not NVIDIA's open modules" --stock
plan
