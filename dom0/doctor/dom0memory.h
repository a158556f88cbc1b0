/* Whether dom0 keeps the memory that it started with, by Xen's command line. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dom0_memory {
        MEMORY_UNKNOWN, /* Xen's command line is not known */
        MEMORY_FIXED,   /* dom0_mem=SIZE,max:SIZE */
        MEMORY_ELASTIC, /* it may be ballooned */
};

/* `xen_line` "" is not known. Xen's docs/misc/xen-command-line.pandoc has dom0_mem=. */
enum dom0_memory dom0_memory_read(const char *xen_line);

/* A size of Xen's command line: bytes are said with B, and a bare number is KiB. */
bool dom0_memory_size(const char *text, size_t length, uint64_t *ret_bytes);
