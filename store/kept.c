#include "store/kept.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/sha256.h"
#include "lib/why.h"

#define VERSION 1u
#define SUMMED  offsetof(struct kept_head, sha256)
#define PIECE   ((size_t)1 << 20) /* bytes at once */

bool kept_clear(const struct store_pen *pen, char *why)
{
        _cleanup_free_ void *zeroes = store_pen_memory(STORE_BLOCK);

        if (!zeroes)
                return why_not(why, "no memory");
        return store_pen_write(pen, 0, zeroes, STORE_BLOCK, why) && store_pen_sync(pen, why);
}

/* --- writing --- */

static uint64_t whole(uint64_t bytes)
{
        return (bytes + STORE_BLOCK - 1) / STORE_BLOCK * STORE_BLOCK;
}

uint64_t kept_room(uint64_t region_size)
{
        return whole(region_size) + 2 * (uint64_t)STORE_BLOCK; /* the head, and the last page */
}

/* Through memory of ours: a disk cannot take it from where a region lies, which Linux has no part
 * in. */
static bool write_region(
        const struct store_pen *pen, const uint8_t *region, uint64_t size, uint64_t used, char *why)
{
        _cleanup_free_ uint8_t *piece = store_pen_memory(PIECE);

        if (!piece)
                return why_not(why, "no memory");
        for (uint64_t done = 0; done < used;) {
                size_t length = used - done < PIECE ? (size_t)(used - done) : PIECE;

                memcpy(piece, region + done, length);
                if (!store_pen_write(pen, STORE_BLOCK + done, piece, length, why))
                        return false;
                done += length;
        }
        memcpy(piece, region + size - STORE_BLOCK, STORE_BLOCK);
        return store_pen_write(pen, STORE_BLOCK + used, piece, STORE_BLOCK, why);
}

static bool write_head(
        const struct store_pen *pen, const uint8_t run[16], uint64_t size, uint64_t used, char *why)
{
        _cleanup_free_ struct kept_head *head = store_pen_memory(sizeof(*head));

        if (!head)
                return why_not(why, "no memory");
        memcpy(head->magic, KEPT_MAGIC, sizeof(head->magic));
        memcpy(head->run, run, sizeof(head->run));
        head->version = VERSION;
        head->size = sizeof(*head);
        head->generation = pen->map->generation;
        head->region_size = size;
        head->used = used;
        sha256(head, SUMMED, head->sha256);
        return store_pen_write(pen, 0, head, sizeof(*head), why);
}

bool kept_write(const struct store_pen *pen, const uint8_t run[16], const void *region,
        uint64_t size, uint64_t used, char *why)
{
        if (size % STORE_BLOCK != 0 || size < STORE_BLOCK || size > KEPT_MOST || used > size)
                return why_not(why, "a region of %" PRIu64 " bytes is not kept", size);
        used = whole(used);
        if (used > pen->map->results || pen->map->results - used < 2 * (uint64_t)STORE_BLOCK)
                return why_not(why,
                        "the results take %" PRIu64 " bytes, and the store has room for %" PRIu64,
                        used, pen->map->results - 2 * (uint64_t)STORE_BLOCK);
        return write_region(pen, region, size, used, why) && store_pen_sync(pen, why) &&
               write_head(pen, run, size, used, why) && store_pen_sync(pen, why);
}

/* --- reading --- */

static bool check_head(const struct store_pen *pen, const struct kept_head *head, char *why)
{
        uint8_t digest[SHA256_SIZE];

        if (memcmp(head->magic, KEPT_MAGIC, sizeof(head->magic)) != 0)
                return why_not(why, "no run is kept in it");
        sha256(head, SUMMED, digest);
        if (memcmp(digest, head->sha256, sizeof(digest)) != 0)
                return why_not(why, "what says which run is kept in it is damaged");
        if (head->version != VERSION || head->size != sizeof(*head))
                return why_not(why, "a run of version %" PRIu32 " is kept in it", head->version);
        if (head->generation != pen->map->generation)
                return why_not(why, "the run that is kept in it is of another order");
        if (head->region_size % STORE_BLOCK != 0 || head->used % STORE_BLOCK != 0 ||
                head->region_size < 2 * (uint64_t)STORE_BLOCK || head->region_size > KEPT_MOST ||
                head->used > head->region_size || head->used < STORE_BLOCK)
                return why_not(why, "the sizes of what is kept in it cannot be");
        return true;
}

bool kept_read_head(const struct store_pen *pen, struct kept_head *ret_head, char *why)
{
        _cleanup_free_ struct kept_head *head = store_pen_memory(sizeof(*head));

        if (!head)
                return why_not(why, "no memory");
        if (!store_pen_read(pen, 0, head, sizeof(*head), why) || !check_head(pen, head, why))
                return false;
        *ret_head = *head;
        return true;
}

bool kept_read(
        const struct store_pen *pen, const struct kept_head *head, void *ret_region, char *why)
{
        _cleanup_free_ uint8_t *piece = store_pen_memory(PIECE);
        uint8_t *region = ret_region;

        if (!piece)
                return why_not(why, "no memory");
        for (uint64_t done = 0; done < head->used;) {
                size_t left = (size_t)(head->used - done), length = left < PIECE ? left : PIECE;

                if (!store_pen_read(pen, STORE_BLOCK + done, piece, length, why))
                        return false;
                memcpy(region + done, piece, length);
                done += length;
        }
        if (!store_pen_read(pen, STORE_BLOCK + head->used, piece, STORE_BLOCK, why))
                return false;
        memcpy(region + head->region_size - STORE_BLOCK, piece, STORE_BLOCK);
        return true;
}
