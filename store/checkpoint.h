/*
 * What a job leaves for the next run of its order (Checkpoint=): one file a device, in the store's
 * room where the map has its place. A place is two slots, each a block that says what is in it and
 * the file's bytes; the older is written over, its block last. So whenever it ends there is the
 * file that was left last, or the one before. Nothing of it is believed but what its hashes prove:
 * it was left by a run of the same order, by this job, on a device of this number.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/sha256.h"
#include "store/pen.h"

#define CHECKPOINT_MAGIC "FSTGCKPT"

enum checkpoint_kind {
        CHECKPOINT_NONE, /* the job left no file: the next run begins anew */
        CHECKPOINT_FILE,
};

/* The first block of a slot. */
struct checkpoint_head {
        uint8_t magic[8];
        uint32_t version;
        uint32_t size; /* of this block */
        uint32_t kind;
        uint32_t device;
        uint64_t turn;               /* each that is left has a larger one */
        uint64_t length;             /* of the file */
        uint8_t order[SHA256_SIZE];  /* the map's */
        uint8_t job[SHA256_SIZE];    /* of its name */
        uint8_t sha256[SHA256_SIZE]; /* of the file */
        uint8_t run[16];             /* that left it */
        uint8_t zero[4096 - 184];
        uint8_t own[SHA256_SIZE]; /* of the bytes before it */
};
_Static_assert(sizeof(struct checkpoint_head) == STORE_BLOCK, "a head is one block");

/* Where a job's are, and which. */
struct checkpoint_place {
        const struct store_pen *pen;
        const struct store_checkpoint *checkpoint; /* of the pen's map */
        unsigned device;
};

/* False: the map has none for that job on that device; `why` (WHY_SIZE bytes) says so. */
bool checkpoint_find(const struct store_pen *pen, const char *job, unsigned device,
        struct checkpoint_place *ret_place, char *why);

/* What was left last, by a run of this order. False: nothing was, or the disk said no. */
bool checkpoint_last(
        const struct checkpoint_place *place, struct checkpoint_head *ret_head, char *why);

/*
 * Reads the file of a head into `take`, in pieces. False: it is not the one that was left, and what
 * `take` has got is to be thrown away; or `take` refused, and `why` is "".
 */
bool checkpoint_read(const struct checkpoint_place *place, const struct checkpoint_head *head,
        bool (*take)(void *context, const void *data, size_t length), void *context, char *why);

/*
 * Leaves a file of `length` bytes, which `give` says in pieces of the length it is asked for, and
 * waits until it is on the disk. False: what was left before still counts; `why` is the reason, or
 * "" when `give` refused.
 */
bool checkpoint_leave(const struct checkpoint_place *place, const uint8_t run[16], uint64_t length,
        bool (*give)(void *context, void *data, size_t length), void *context,
        uint8_t ret_sha256[SHA256_SIZE], char *why);

/* Leaves that there is none. */
bool checkpoint_drop(const struct checkpoint_place *place, const uint8_t run[16], char *why);
