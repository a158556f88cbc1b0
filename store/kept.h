/*
 * A region that is kept in a store, because memory does not outlive a reset: the run as the stage
 * has sealed it, to be read by the next normal boot. In the store's room:
 *
 *     block 0          struct kept_head: which run it is, and how much of its region follows
 *     block 1 …        the region from its first byte to the end of its last record
 *     one block more   the region's last page, its second header
 *
 * What is between the records and the last page is zeroes, as in every region, and not written. The
 * head is written when all else is on the disk, so there is a whole region behind it, or it was cut
 * off before, and there is none. Whoever reads it takes nothing of it on trust: the region is
 * verified as one from memory is.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "store/pen.h"

#define KEPT_MAGIC "FSTGKEPT"
#define KEPT_MOST  ((uint64_t)4 << 30) /* bytes of a region: it lies below 4 GiB */

struct kept_head {
        uint8_t magic[8];
        uint32_t version;
        uint32_t size; /* of this block */
        uint8_t run[16];
        uint64_t generation;  /* of the order */
        uint64_t region_size; /* bytes, whole blocks */
        uint64_t used;        /* bytes of it from its first on, whole blocks */
        uint8_t zero[4096 - 88];
        uint8_t sha256[32]; /* of the bytes before it */
};
_Static_assert(sizeof(struct kept_head) == STORE_BLOCK, "a head is one block");

/* Bytes of the store's room, from its first on, that a region of so many may take. */
uint64_t kept_room(uint64_t region_size);

/*
 * Makes sure that there is none, on the disk, too: before the jobs, so that an earlier run's is not
 * taken for this one's. When false, `why` (WHY_SIZE bytes) says what the disk said.
 */
bool kept_clear(const struct store_pen *pen, char *why);

/*
 * Writes the region of `size` bytes, of which the records end at `used`, and waits until all is on
 * the disk. False: `why` says what the disk said, or that there is no room.
 */
bool kept_write(const struct store_pen *pen, const uint8_t run[16], const void *region,
        uint64_t size, uint64_t used, char *why);

/* Reads the head. False: nothing is kept, or what is there is no head, or of another order. */
bool kept_read_head(const struct store_pen *pen, struct kept_head *ret_head, char *why);

/* Reads the region into `ret_region`, head->region_size bytes that are zero. */
bool kept_read(
        const struct store_pen *pen, const struct kept_head *head, void *ret_region, char *why);
