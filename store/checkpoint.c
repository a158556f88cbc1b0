#include "store/checkpoint.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/why.h"

#define VERSION 1u
#define SLOTS   2u
#define SUMMED  offsetof(struct checkpoint_head, own)
#define PIECE   ((size_t)1 << 20) /* bytes at once */

static uint64_t slot_of(const struct checkpoint_place *place, unsigned slot)
{
        const struct store_checkpoint *one = place->checkpoint;

        return one->offset + (SLOTS * place->device + slot) * (one->bytes + STORE_BLOCK);
}

bool checkpoint_find(const struct store_pen *pen, const char *job, unsigned device,
        struct checkpoint_place *ret_place, char *why)
{
        const struct store_map *map = pen->map;

        for (size_t i = 0; i < map->checkpoint_count; i++) {
                const struct store_checkpoint *one = &map->checkpoints[i];

                if (strcmp(one->job, job) != 0)
                        continue;
                if (device >= one->devices)
                        return why_not(why,
                                "the store was armed for checkpoints of %" PRIu64
                                " devices, and this is number %u",
                                one->devices, device);
                *ret_place = (struct checkpoint_place){ pen, one, device };
                return true;
        }
        return why_not(why, "the store was armed without a place for the checkpoint of %s", job);
}

/* --- what is there --- */

static void name_job(const struct checkpoint_place *place, uint8_t ret_digest[SHA256_SIZE])
{
        sha256(place->checkpoint->job, strlen(place->checkpoint->job), ret_digest);
}

/* Whether a block is the head of a slot of this place, left by a run of this order. */
static bool is_head(const struct checkpoint_place *place, const struct checkpoint_head *head)
{
        uint8_t own[SHA256_SIZE], job[SHA256_SIZE];

        sha256(head, SUMMED, own);
        name_job(place, job);
        return memcmp(head->magic, CHECKPOINT_MAGIC, sizeof(head->magic)) == 0 &&
               memcmp(head->own, own, sizeof(own)) == 0 && head->version == VERSION &&
               head->size == sizeof(*head) && head->kind <= CHECKPOINT_FILE &&
               head->device == place->device && head->length <= place->checkpoint->bytes &&
               memcmp(head->order, place->checkpoint->order, sizeof(head->order)) == 0 &&
               memcmp(head->job, job, sizeof(job)) == 0;
}

/* The newest; `ret_slot`: where it is, or SLOTS: nowhere. False: the disk said no. */
static bool find_last(const struct checkpoint_place *place, struct checkpoint_head *ret_head,
        unsigned *ret_slot, char *why)
{
        _cleanup_free_ struct checkpoint_head *head = store_pen_memory(sizeof(*head));

        *ret_slot = SLOTS;
        if (!head)
                return why_not(why, "no memory");
        for (unsigned slot = 0; slot < SLOTS; slot++) {
                if (!store_pen_read(place->pen, slot_of(place, slot), head, sizeof(*head), why))
                        return false;
                if (!is_head(place, head) || (*ret_slot != SLOTS && head->turn < ret_head->turn))
                        continue;
                *ret_head = *head;
                *ret_slot = slot;
        }
        return true;
}

bool checkpoint_last(
        const struct checkpoint_place *place, struct checkpoint_head *ret_head, char *why)
{
        unsigned slot;

        return find_last(place, ret_head, &slot, why) &&
               (slot < SLOTS || why_not(why, "no run of this order has left one"));
}

static size_t whole(size_t length)
{
        return (length + STORE_BLOCK - 1) / STORE_BLOCK * STORE_BLOCK;
}

static size_t piece_of(uint64_t left)
{
        return left < PIECE ? (size_t)left : PIECE;
}

/* The slot of a head that was read before: another one has got it if it was written over. */
static bool find_slot(const struct checkpoint_place *place, const struct checkpoint_head *head,
        uint64_t *ret_at, char *why)
{
        struct checkpoint_head last;
        unsigned slot;

        if (!find_last(place, &last, &slot, why))
                return false;
        if (slot == SLOTS || memcmp(&last, head, sizeof(last)) != 0)
                return why_not(why, "it is not there any more");
        *ret_at = slot_of(place, slot) + STORE_BLOCK;
        return true;
}

bool checkpoint_read(const struct checkpoint_place *place, const struct checkpoint_head *head,
        bool (*take)(void *context, const void *data, size_t length), void *context, char *why)
{
        _cleanup_free_ uint8_t *piece = store_pen_memory(PIECE);
        uint8_t digest[SHA256_SIZE];
        struct sha256 hash;
        uint64_t at;
        size_t length;

        if (!piece)
                return why_not(why, "no memory");
        if (!find_slot(place, head, &at, why))
                return false;
        sha256_init(&hash);
        for (uint64_t done = 0; done < head->length; done += length) {
                length = piece_of(head->length - done);
                if (!store_pen_read(place->pen, at + done, piece, whole(length), why))
                        return false;
                sha256_update(&hash, piece, length);
                if (!take(context, piece, length))
                        return why_not(why, "%s", "");
        }
        sha256_final(&hash, digest);
        return memcmp(digest, head->sha256, sizeof(digest)) == 0 ||
               why_not(why, "it is not what was left: its SHA-256 is another one");
}

/* --- leaving one --- */

/* What the next one is to be: its slot, and its number. */
static bool make_head(const struct checkpoint_place *place, const uint8_t run[16],
        struct checkpoint_head *head, unsigned *ret_slot, char *why)
{
        struct checkpoint_head last = { .turn = 0 };
        unsigned slot;

        if (!find_last(place, &last, &slot, why))
                return false;
        *ret_slot = slot == 0 ? 1 : 0;
        memcpy(head->magic, CHECKPOINT_MAGIC, sizeof(head->magic));
        head->version = VERSION;
        head->size = sizeof(*head);
        head->device = place->device;
        head->turn = last.turn + 1;
        memcpy(head->order, place->checkpoint->order, sizeof(head->order));
        name_job(place, head->job);
        memcpy(head->run, run, sizeof(head->run));
        return true;
}

/* The block is the last that is written, when all else is on the disk. */
static bool put_head(const struct checkpoint_place *place, struct checkpoint_head *head,
        unsigned slot, char *why)
{
        sha256(head, SUMMED, head->own);
        return store_pen_sync(place->pen, why) &&
               store_pen_write(place->pen, slot_of(place, slot), head, sizeof(*head), why) &&
               store_pen_sync(place->pen, why);
}

static bool put_file(const struct checkpoint_place *place, struct checkpoint_head *head,
        unsigned slot, bool (*give)(void *context, void *data, size_t length), void *context,
        char *why)
{
        _cleanup_free_ uint8_t *piece = store_pen_memory(PIECE);
        uint64_t at = slot_of(place, slot) + STORE_BLOCK;
        struct sha256 hash;
        size_t length;

        if (!piece)
                return why_not(why, "no memory");
        sha256_init(&hash);
        for (uint64_t done = 0; done < head->length; done += length) {
                length = piece_of(head->length - done);
                memset(piece + length, 0, whole(length) - length);
                if (!give(context, piece, length))
                        return why_not(why, "%s", "");
                sha256_update(&hash, piece, length);
                if (!store_pen_write(place->pen, at + done, piece, whole(length), why))
                        return false;
        }
        sha256_final(&hash, head->sha256);
        return true;
}

bool checkpoint_leave(const struct checkpoint_place *place, const uint8_t run[16], uint64_t length,
        bool (*give)(void *context, void *data, size_t length), void *context,
        uint8_t ret_sha256[SHA256_SIZE], char *why)
{
        _cleanup_free_ struct checkpoint_head *head = store_pen_memory(sizeof(*head));
        unsigned slot;

        if (!head)
                return why_not(why, "no memory");
        if (length > place->checkpoint->bytes)
                return why_not(why,
                        "it has %" PRIu64 " bytes, and the store has room for %" PRIu64
                        ": [Limits] Checkpoint=",
                        length, place->checkpoint->bytes);
        if (!make_head(place, run, head, &slot, why))
                return false;
        head->kind = CHECKPOINT_FILE;
        head->length = length;
        if (!put_file(place, head, slot, give, context, why) || !put_head(place, head, slot, why))
                return false;
        memcpy(ret_sha256, head->sha256, SHA256_SIZE);
        return true;
}

bool checkpoint_drop(const struct checkpoint_place *place, const uint8_t run[16], char *why)
{
        _cleanup_free_ struct checkpoint_head *head = store_pen_memory(sizeof(*head));
        unsigned slot;

        if (!head)
                return why_not(why, "no memory");
        return make_head(place, run, head, &slot, why) && put_head(place, head, slot, why);
}
