/*
 * Files in a store: a region (docs/region-format.md) that is written past all caches as its records
 * come, and never sealed. What seals it is the region in memory, which has a record for each file
 * here: its name, size and SHA-256, and where it is (struct shelf_place). Nothing else of it is
 * believed.
 *
 * Each file begins a block, behind a record of no meaning (REGION_FILLER) where the one before does
 * not end one. Its first block, with the record's header, is written last: so there is a whole
 * record, or none. Behind the last record is a block of zeroes, and then whatever was there.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/sha256.h"
#include "region/region.h"
#include "store/pen.h"

/* Where a file is: the region in the store's room, and the record in that region. */
struct shelf_place {
        uint64_t from, size; /* bytes of the room; whole blocks */
        uint64_t offset, number;
};

/* --- writing --- */

struct shelf; /* one record is written at a time */

/*
 * For a region of run `run_id` in the store's room for results from `from` on, to its end. Nothing
 * is written before there is a first file. The pen must outlive it. NULL: there is no memory, or no
 * room; `why` (WHY_SIZE bytes) says so. For shelf_free.
 */
struct shelf *shelf_open(
        const struct store_pen *pen, uint64_t from, const uint8_t run_id[16], char *why);

/* Bytes that the next record may take (region_record_bytes). */
uint64_t shelf_room(const struct shelf *shelf);

/* Begins a file of `length` bytes, for which there must be room. False: the disk said no. */
bool shelf_begin(struct shelf *shelf, const char *path, uint64_t length, char *why);

/* The next bytes of it, no more than were announced. */
void shelf_add(struct shelf *shelf, const void *data, size_t length);

/*
 * All of it has come. It counts when this returns, and is on the disk for good after shelf_sync.
 * False: the disk said no; then there is no such file, and those before it stay.
 */
bool shelf_end(struct shelf *shelf, struct shelf_place *ret_place, uint8_t ret_sha256[SHA256_SIZE],
        char *why);

/* Forgets what was begun. */
void shelf_drop(struct shelf *shelf);

/* Waits until the disk has all that was written. */
bool shelf_sync(const struct shelf *shelf, char *why);

void shelf_free(struct shelf *shelf);

/* --- reading --- */

/*
 * Reads a file's bytes and gives them to `take` in pieces; what stands around them must be a
 * record of that region, of this run, path and length, and its checksum right. When false, `why`
 * says what it is not, or what the disk said, or it is "": `take` has refused.
 */
bool shelf_read(const struct store_pen *pen, const struct shelf_place *place,
        const uint8_t run_id[16], const char *path, uint64_t length,
        bool (*take)(void *context, const void *data, size_t length), void *context, char *why);
