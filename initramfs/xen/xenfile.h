/*
 * A Xen that Multiboot2 can start: a static ELF file (System V ABI, chapter 4 and 5) with one part
 * to load. Pure: checks every bound, so that any file may be given.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "initramfs/xen/placement.h"

struct xenfile {
        const uint8_t *bytes; /* to be copied to `address`: a part of the file */
        size_t size;
        uint32_t address, memory; /* physical; with `memory` - `size` zero bytes behind the copy */
        uint32_t entry;           /* physical, in 32-bit protected mode */
        /* Where else it may be put, by its Multiboot2 header (3.1.13); `align` 0: nowhere. */
        struct placement_range range;
};

/* NULL and `ret_xen` when it can be loaded, or why not. `ret_xen` borrows `file`. */
const char *xenfile_read(const void *file, size_t size, struct xenfile *ret_xen);
