#!/bin/sh
# The injection shim of tests/gpu without a GPU: requests in the driver's layout, on a file that no
# driver answers, so that an answer can only be the shim's.
set -u
export LC_ALL=C

: "${CC:=gcc}"
here=research/inject
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

. tests/tap.sh

# ask CLASS ATTRIBUTES FORM: the result and status of RM_ALLOC, and the attributes afterwards.
cat >"$work/ask.c" <<'END'
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/ioctl.h>
int main(int argc, char **argv)
{
	uint32_t memory[32] = { 0 }, request[12] = { 0 };
	uint64_t pointer = (uintptr_t)memory, wrapped[2] = { 0 };
	int fd = open("/dev/null", O_RDWR), result, full = strcmp(argv[3], "brief") != 0;
	unsigned int size = full ? 48 : 32, *status = &request[full ? 10 : 7];

	memory[6] = strtoul(argv[2], NULL, 0);
	memory[16] = 4096;
	request[3] = strtoul(argv[1], NULL, 0);
	memcpy(&request[4], &pointer, 8);
	wrapped[0] = 0x2b | (uint64_t)size << 32;
	wrapped[1] = (uintptr_t)request;
	result = strcmp(argv[3], "wrapped") == 0
			 ? ioctl(fd, _IOC(_IOC_READ | _IOC_WRITE, 'F', 211, 16), wrapped)
			 : ioctl(fd, _IOC(_IOC_READ | _IOC_WRITE, 'F', 0x2b, size), request);
	printf("%d %x %x\n", result, *status, memory[6]);
	return argc != 4;
}
END
"$CC" -O1 -D_GNU_SOURCE -Wall -Wextra -Werror -Wshadow -Wformat=2 -Wundef -shared -fPIC -o "$work/shim.so" "$here/shim.c" -ldl || exit 1
"$CC" -O1 -D_GNU_SOURCE -Wall -Wextra -Werror -Wshadow -Wformat=2 -Wundef -o "$work/probe" "$here/probe.c" -ldl || exit 1
"$CC" -O1 -D_GNU_SOURCE -o "$work/ask" "$work/ask.c" || exit 1

# says MODE EXPECTED CLASS ATTRIBUTES FORM
says() {
	answer=$(INJECT=$1 INJECT_LOG=$work/log LD_PRELOAD=$work/shim.so "$work/ask" "$3" "$4" "$5")
	echo "$answer, expected $2"
	[ "$answer" = "$2" ]
}

wc=0x5a000000      # system memory, write-combine
cached=0x3a000000  # system memory, cached
video=0x58000000   # video memory, write-combine
check "refuse: write-combined system memory, long form" says refuse "0 56 5a000000" 0x3e $wc full
check "refuse: short form" says refuse "0 56 5a000000" 0x3e $wc brief
check "refuse: wrapped" says refuse "0 56 5a000000" 0x3e $wc wrapped
check "refuse: cached system memory is passed on" says refuse "-1 0 3a000000" 0x3e $cached full
check "refuse: video memory is passed on" says refuse "-1 0 58000000" 0x3e $video full
check "refuse: another class is passed on" says refuse "-1 0 5a000000" 0x40 $wc full
check "log: passed on" says log "-1 0 5a000000" 0x3e $wc full
check "uncached: asked for as uncached" says uncached "-1 0 1a000000" 0x3e $wc full
check "cached: asked for as cached" says cached "-1 0 3a000000" 0x3e $wc full
check "every request for system memory is logged" test "$(wc -l <"$work/log")" -eq 7
check "the log says size, coherency and action" grep -q \
	'way=alloc bytes=4096 coherency=write-combine action=refused status=0x56' "$work/log"
plan
