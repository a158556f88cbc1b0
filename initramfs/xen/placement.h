/* Where things go in physical memory that the next kernel will find free. Pure. */
#pragma once

#include "initramfs/xen/multiboot.h"

#define PLACEMENT_PAGE 4096u
#define PLACEMENT_MAX  12u
/*
 * Below it lie Xen, what firmware likes to use, and the running kernel's own code. To write over
 * that is allowed, and slow where the processor is emulated: it has to forget its translation.
 */
#define PLACEMENT_FIRST (64ull << 20)
#define PLACEMENT_LIMIT (1ull << 32) /* Multiboot2 has 32-bit addresses */

/* What is taken so far. */
struct placement {
        struct memory_map map;
        struct {
                uint64_t start, size;
        } taken[PLACEMENT_MAX];
        size_t count;
};

/* Takes exactly these bytes, in whole pages. False when they are not all usable memory, or taken.
 */
bool placement_take(struct placement *placement, uint64_t start, uint64_t size);

/* Takes `size` bytes, in whole pages, at the lowest place from PLACEMENT_FIRST on that is free. */
bool placement_find(struct placement *placement, uint64_t size, uint64_t *ret_start);

/* Where something may be that cannot be just anywhere. */
struct placement_range {
        uint64_t least, most; /* the first byte that it may take, and the last */
        uint64_t align;       /* a power of two */
        bool high;            /* as high as it can be, rather than as low */
};

/* Takes `size` bytes, in whole pages, where the range allows it. */
bool placement_find_in(struct placement *placement, uint64_t size,
        const struct placement_range *range, uint64_t *ret_start);

/* Sorts; of neighbours that overlap, the usable one is cut. */
void memory_map_sort(struct memory_map *map);

/*
 * Makes these bytes, in whole pages, usable memory: an entry of its own. False, and nothing is
 * changed, when they are not all reserved or when the map has no room for what is left on both
 * sides.
 */
bool memory_map_release(struct memory_map *map, uint64_t start, uint64_t size);
