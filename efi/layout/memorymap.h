/* Where the region and the EBDA page can go, decided from the memory map. Plain C11. */
#pragma once

#include "efi/parse/text.h"

enum memory_kind {
        MEMORY_OTHER, /* reserved, firmware's, devices */
        MEMORY_RAM,   /* in use now, plain RAM once Linux runs */
        MEMORY_FREE,  /* can be allocated */
};

struct memorymap_range {
        uint64_t start; /* bytes */
        uint64_t size;
        enum memory_kind kind;
};

struct memorymap {
        const struct memorymap_range *ranges; /* in any order, without overlap */
        size_t count;
};

#define MEMORY_PAGE         4096ull
#define MEMORY_REGION_ALIGN (2ull << 20)
#define MEMORY_REGION_LEAST (1ull << 30) /* below, an old dom0 kernel could run into it */
#define MEMORY_REGION_LIMIT (4ull << 30)

/*
 * The highest place for a region of `size` bytes, a multiple of MEMORY_REGION_ALIGN, between 1 and
 * 4 GiB. The reason of a failure names the largest size that would fit.
 */
bool memory_find_region(
        const struct memorymap *map, uint64_t size, uint64_t *ret_address, struct text *reason);

/*
 * The highest free page in [0x40000, 0xa0000) with 64 KiB of plain RAM right below it: Xen takes
 * the page for the EBDA and puts its trampoline below.
 */
bool memory_find_ebda(const struct memorymap *map, uint64_t *ret_address, struct text *reason);

/* All bytes of MEMORY_FREE. */
uint64_t memory_free_bytes(const struct memorymap *map);
