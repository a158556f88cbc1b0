#include "runner/record/journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <x86intrin.h>

#include "jobs/room.h"
#include "lib/clock.h"

static void apply(struct journal *journal)
{
        journal->writer.keep_free = journal->closing_bytes + journal->held_bytes;
}

bool journal_hold(struct journal *journal, uint64_t bytes)
{
        journal->held_bytes = bytes;
        apply(journal);
        return region_writer_free(&journal->writer) >= journal->writer.keep_free;
}

uint64_t journal_room(const struct journal *journal)
{
        uint64_t room = region_writer_free(&journal->writer);

        return room > journal->writer.keep_free ? room - journal->writer.keep_free : 0;
}

json_t *journal_new_event(const char *name)
{
        return json_pack("{s:s, s:I, s:f}", "event", name, "tsc", (json_int_t)__rdtsc(),
                "monotonic_s", clock_seconds());
}

/* Uses the room that is held for such records. */
static bool append_text(
        struct journal *journal, enum region_type type, const char *name, const char *text)
{
        uint64_t bytes = region_record_bytes(strlen(name), text ? strlen(text) : 0);
        enum region_error error = REGION_FULL;

        journal->held_bytes -= bytes < journal->held_bytes ? bytes : journal->held_bytes;
        apply(journal);
        if (text)
                error = region_append(
                        &journal->writer, type, name, strlen(name), text, strlen(text));
        if (error != REGION_OK)
                journal->broken = true;
        return error == REGION_OK;
}

static bool append_json(
        struct journal *journal, enum region_type type, const char *name, json_t *object)
{
        char *text = object ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
        bool good = append_text(journal, type, name, text);

        free(text);
        json_decref(object);
        return good;
}

bool journal_event_text(struct journal *journal, const char *name, const char *text)
{
        return append_text(journal, REGION_EVENT, name, text);
}

bool journal_event(struct journal *journal, json_t *event)
{
        char name[128];
        const char *value = json_string_value(json_object_get(event, "event"));

        strncpy(name, value ? value : "", sizeof(name) - 1);
        name[sizeof(name) - 1] = '\0';
        return append_json(journal, REGION_EVENT, name, event);
}

bool journal_result(struct journal *journal, const char *name, json_t *result)
{
        return append_json(journal, REGION_RESULT, name, result);
}

bool journal_run(struct journal *journal, json_t *run)
{
        return append_json(journal, REGION_RUN, "run", run);
}

enum region_error journal_file(
        struct journal *journal, const char *path, const void *data, size_t length)
{
        return region_append(&journal->writer, REGION_FILE, path, strlen(path), data, length);
}

bool journal_stores(const struct journal *journal, uint64_t bytes)
{
        return journal->shelf && bytes > journal->above;
}

uint64_t journal_stored_bytes(const char *path)
{
        return region_record_bytes(strlen(path), ROOM_STORED_BYTES);
}

enum region_error journal_stored(struct journal *journal, const char *path, uint64_t bytes,
        const uint8_t sha256[SHA256_SIZE], const struct shelf_place *place)
{
        char hash[2 * SHA256_SIZE + 1], text[ROOM_STORED_BYTES];
        int length;

        sha256_format(sha256, hash);
        length = snprintf(text, sizeof(text),
                "{\"bytes\":%" PRIu64 ",\"sha256\":\"%s\",\"from\":%" PRIu64 ",\"size\":%" PRIu64
                ",\"offset\":%" PRIu64 ",\"number\":%" PRIu64 "}",
                bytes, hash, place->from, place->size, place->offset, place->number);
        return region_append(
                &journal->writer, REGION_STORED, path, strlen(path), text, (size_t)length);
}

enum region_error journal_reserve(
        struct journal *journal, const char *path, size_t length, void **ret_data)
{
        return region_reserve(&journal->writer, strlen(path), length, ret_data);
}

enum region_error journal_keep(struct journal *journal, const char *path, size_t length)
{
        return region_commit(&journal->writer, REGION_FILE, path, strlen(path), length);
}

enum region_error journal_keep_summed(
        struct journal *journal, const char *path, size_t length, uint32_t crc)
{
        return region_commit_summed(&journal->writer, REGION_FILE, path, strlen(path), length, crc);
}

void journal_drop(struct journal *journal, const char *path, size_t length)
{
        region_cancel(&journal->writer, strlen(path), length);
}
