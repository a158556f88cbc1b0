/* The memory that stays ours through Linux, Xen and dom0: the region and the EBDA page. */
#pragma once

#include "efi/firmware/pages.h"

struct reservation {
        struct pages region;
        struct pages ebda;
};

/*
 * Reserves a region of `size` bytes and one page that looks like an EBDA with a copy of the
 * firmware's RSDP, after checking that one. On failure nothing is held.
 */
bool reservation_make(uint64_t size, struct reservation *ret_reservation, struct text *reason);

void reservation_free(struct reservation *reservation);
