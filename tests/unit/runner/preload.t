#!/bin/sh
# A library that forestage-run was started with reaches programs too, when it is asked for: here the one that `forestage
# trial --cached` uses, and requests in the layout of NVIDIA's driver on a file that no driver answers. Statically linked
# programs are not reached, and the record says so; without --preload-programs nothing of it is let in.
set -u
export LC_ALL=C
: "${BUILD:=build}" "${CC:=gcc}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. tests/tap.sh
needs "$BUILD/runner/forestage-run" "$BUILD/dom0/forestage" "$BUILD/rehearsal/libcuda.so.1"

# Asks for write-combined system memory, and says what memory the request asks for then.
cat >"$work/ask.c" <<'END'
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
int main(void)
{
	uint32_t memory[32] = { 0 }, request[12] = { 0 };
	uint64_t pointer = (uintptr_t)memory;

	memory[6] = 0x5a000000;
	memory[16] = 4096;
	request[3] = 0x3e;
	memcpy(&request[4], &pointer, 8);
	ioctl(open("/dev/null", O_RDWR), _IOC(_IOC_READ | _IOC_WRITE, 'F', 0x2b, 48), request);
	puts(memory[6] == 0x5a000000 ? "write-combined" : memory[6] == 0x3a000000 ? "cached" : "neither");
	return 0;
}
END
mkdir "$work/jobs"
set_up "no shim" "$CC" -O1 -D_GNU_SOURCE -shared -fPIC -o "$work/cached.so" research/inject/shim.c -ldl
set_up "no program" "$CC" -O1 -D_GNU_SOURCE -o "$work/jobs/ask" "$work/ask.c"
set_up "no static program" "$CC" -O1 -D_GNU_SOURCE -static -o "$work/jobs/ask-static" "$work/ask.c"
printf '#!/bin/sh\nexec ./ask\n' >"$work/jobs/ask-script"
chmod 755 "$work/jobs/ask-script"
for name in ask ask-static ask-script; do
	printf '[Job]\nType=program\n\n[Program]\nExec=./%s\n' "$name" >"$work/jobs/$name.conf"
done

# run NAME LD_PRELOAD [OPTION…]: into $work/NAME.run.
run() {
	folder=$work/$1.run preload=$2
	shift 2
	env LD_LIBRARY_PATH="$PWD/$BUILD/rehearsal" INJECT=cached LD_PRELOAD="$preload" \
		"$BUILD/runner/forestage-run" --jobs "$work/jobs" --region "$work/region" "$@" >"$work/said" 2>&1 &&
		"$BUILD/dom0/forestage" collect --region "$work/region" --out "$folder" >/dev/null && return
	cat "$work/said"
	return 1
}

# found NAME JOB WORD: what that program has got.
found() {
	cat "$work/$1.run/jobs/$2/0/stdout"
	[ "$(cat "$work/$1.run/jobs/$2/0/stdout")" = "$3" ]
}

# event NAME FILTER
event() {
	cat "$work/$1.run/events.jsonl"
	jq -se "[.[] | select(.event == \"run.preload\")] | $2" "$work/$1.run/events.jsonl" >/dev/null
}

# refuses WHY LD_PRELOAD
refuses() {
	run refused "$2" --preload-programs
	grep -q "^forestage-run: --preload-programs: LD_PRELOAD.*$1" "$work/said"
}

check "with it the jobs run" run given "$work/cached.so" --preload-programs
check "a program gets cached memory for write-combined" found given ask cached
check "so does one that a script starts" found given ask-script cached
check "one that is linked statically does not" found given ask-static write-combined
check "the record says so, and names that one" event given \
	"length == 1 and .[0].library == \"$work/cached.so\" and .[0].inject == \"cached\" and .[0].unreached == [\"ask-static\"]"
check "and so does forestage-run" grep -qx "forestage-run: ask-static: LD_PRELOAD does not reach it: it is linked statically" \
	"$work/said"
check "without it they run" run without "$work/cached.so"
check "and a program gets what it asks for" found without ask write-combined
check "of which the record says nothing" event without "length == 0"
check "refused: no library" refuses "is not set" ""
check "refused: a relative path" refuses "x/cached.so is no absolute path" "x/cached.so"
check "refused: one that is not there" refuses "$work/none.so cannot be read: No such file" "$work/cached.so:$work/none.so"
plan
