/*
 * Memory from the firmware. Every allocation is a `struct pages` that its owner gives back with
 * pages_free, which does nothing for one that holds none.
 */
#pragma once

#include "efi/layout/memorymap.h"

struct pages {
        void *data;    /* NULL: nothing is held */
        uint64_t size; /* bytes asked for */
};

/* Plain memory for our own use; its contents are not set. `what` names it in the reason. */
bool pages_allocate(const char *what, uint64_t size, struct pages *ret_pages, struct text *reason);

/*
 * Memory at an address, of the type that stays reserved through Linux, kexec, Xen and dom0
 * (EfiReservedMemoryType). `what` names it in the reason.
 */
bool pages_reserve(const char *what, uint64_t address, uint64_t size, struct pages *ret_pages,
        struct text *reason);

/* The same, anywhere below `limit`. */
bool pages_reserve_below(const char *what, uint64_t limit, uint64_t size, struct pages *ret_pages,
        struct text *reason);

void pages_free(struct pages *pages);

/* The memory map as it is now. `ret_pages` holds the ranges and is the caller's to free. */
bool pages_map(struct memorymap *ret_map, struct pages *ret_pages, struct text *reason);
