/*
 * What the supervisor writes down: JSON and files as records of the region (docs/records.md). It
 * keeps room for the records that must come later, so that a run can always be told to its end.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "region/region.h"
#include "store/shelf.h"

struct journal {
        struct region_writer writer;
        uint64_t closing_bytes; /* kept for what comes after the last RESULT */
        uint64_t held_bytes;    /* kept for the RESULTs and events of the jobs that are left */
        struct shelf *shelf;    /* for large files; NULL: all go into the region */
        uint64_t above;         /* bytes that a file has more then */
        bool broken;            /* a record that had its room kept did not fit: stop */
};

/* Sets how much is kept for the jobs that are left; true when it is there. */
bool journal_hold(struct journal *journal, uint64_t bytes);

/* Bytes that outputs may take now. */
uint64_t journal_room(const struct journal *journal);

/* A new EVENT object with its name and times; the caller adds to it and gives it to journal_event.
 */
json_t *journal_new_event(const char *name);

/*
 * Appends a JSON record and frees the object. These use the room that was held, of which
 * `held_bytes` is then what is left. False, and `broken`, when it did not fit all the same.
 */
bool journal_event(struct journal *journal, json_t *event);
/* The same of an event whose text is made already. */
bool journal_event_text(struct journal *journal, const char *name, const char *text);
bool journal_result(struct journal *journal, const char *name, json_t *result);
bool journal_run(struct journal *journal, json_t *run);

/* Appends a FILE. REGION_FULL leaves the journal as it was. */
enum region_error journal_file(
        struct journal *journal, const char *path, const void *data, size_t length);

/* Whether a file of so many bytes goes into the store. */
bool journal_stores(const struct journal *journal, uint64_t bytes);

/* Bytes of the region that the record of such a file takes at most. */
uint64_t journal_stored_bytes(const char *path);

/* Appends that: the file is in the store, and counts from now on. */
enum region_error journal_stored(struct journal *journal, const char *path, uint64_t bytes,
        const uint8_t sha256[SHA256_SIZE], const struct shelf_place *place);

/* The room of a FILE's `length` bytes, to be filled in place: then journal_keep or journal_drop. */
enum region_error journal_reserve(
        struct journal *journal, const char *path, size_t length, void **ret_data);
enum region_error journal_keep(struct journal *journal, const char *path, size_t length);
/* The same with the CRC-32C of path and data (region_commit_summed). */
enum region_error journal_keep_summed(
        struct journal *journal, const char *path, size_t length, uint32_t crc);
void journal_drop(struct journal *journal, const char *path, size_t length);
