#include "lib/crc32c.h"
#include "lib/sha256.h"
#include "lib/uuid.h"
#include "region/layout.h"
#include "region/region.h"
#include "tests/unit/tap.h"

#define SIZE (128u * 1024)

static const uint8_t run_id[16] = { 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0x4d, 0xef, 0x80, 1, 2, 3,
        4, 5, 6, 7 };

static uint8_t *fresh(struct region_writer *ret_writer)
{
        uint8_t *base = malloc(SIZE);

        assert_non_null(base);
        memset(base, 0x77, SIZE);
        assert_int_equal(region_create(base, SIZE, run_id, NULL), REGION_OK);
        assert_int_equal(region_writer_open(base, SIZE, ret_writer), REGION_OK);
        return base;
}

/* Bytes that are zero already need no zeroing: it comes to the same, byte by byte. */
static void created_in_zeroes_is_the_same(void **state)
{
        uint8_t *zeroed = malloc(SIZE), *new = calloc(1, SIZE);
        struct region_writer a, b;

        (void)state;
        assert_non_null(zeroed);
        assert_non_null(new);
        memset(zeroed, 0x77, SIZE);
        assert_int_equal(region_create(zeroed, SIZE, run_id, &a), REGION_OK);
        assert_int_equal(region_create_in_zeroes(new, SIZE, run_id, &b), REGION_OK);
        assert_memory_equal(zeroed, new, SIZE);
        assert_int_equal(region_create_in_zeroes(new, SIZE - 1, run_id, &b), REGION_BAD_SIZE);
        free(zeroed);
        free(new);
}

/* The writer that comes with a new region is the one that opening it would find. */
static void created_is_opened(void **state)
{
        uint8_t *base = malloc(SIZE);
        struct region_writer created, opened;

        (void)state;
        assert_non_null(base);
        memset(base, 0x77, SIZE);
        memset(&created, 0, sizeof(created));
        memset(&opened, 0, sizeof(opened));
        assert_int_equal(region_create(base, SIZE, run_id, &created), REGION_OK);
        assert_int_equal(region_writer_open(base, SIZE, &opened), REGION_OK);
        assert_ptr_equal(created.base, opened.base);
        assert_int_equal(created.size, opened.size);
        assert_int_equal(created.offset, opened.offset);
        assert_int_equal(created.number, opened.number);
        assert_int_equal(created.sequence, opened.sequence);
        assert_int_equal(created.state, opened.state);
        assert_int_equal(created.keep_free, opened.keep_free);
        assert_memory_equal(created.run_id, opened.run_id, sizeof(created.run_id));
        assert_int_equal(region_create(base, SIZE + 1, run_id, &created), REGION_BAD_SIZE);
        free(base);
}

static void append(
        struct region_writer *writer, enum region_type type, const char *name, const char *data)
{
        assert_int_equal(
                region_append(writer, type, name, strlen(name), data, strlen(data)), REGION_OK);
}

static uint8_t *sealed(void)
{
        struct region_writer writer;
        uint8_t *base = fresh(&writer);

        append(&writer, REGION_EVENT, "stage.init", "{}");
        append(&writer, REGION_FILE, "jobs/a/0/out",
                "some bytes that are longer than one line of a "
                "cache, so that padding is met");
        append(&writer, REGION_RUN, "run", "{}");
        assert_int_equal(region_seal(&writer), REGION_OK);
        return base;
}

static void written_is_read(void **state)
{
        uint8_t *base = sealed();
        struct region_report report;
        struct region_cursor cursor;
        struct region_record record;

        (void)state;
        assert_int_equal(region_verify(base, SIZE, &report), REGION_OK);
        assert_true(report.complete);
        assert_int_equal(report.records, 3);
        assert_false(report.info.first_damaged || report.info.last_damaged);
        assert_memory_equal(report.info.run_id, run_id, 16);

        region_rewind(base, &report.info, &cursor);
        assert_int_equal(region_next(&cursor, &record), REGION_OK);
        assert_int_equal(record.type, REGION_EVENT);
        assert_memory_equal(record.name, "stage.init", record.name_length);
        assert_int_equal(region_next(&cursor, &record), REGION_OK);
        assert_int_equal(record.number, 1);
        assert_int_equal(record.data_length, 75);
        assert_int_equal(region_next(&cursor, &record), REGION_OK);
        assert_int_equal(region_next(&cursor, &record), REGION_END);
        assert_int_equal(region_next(&cursor, &record), REGION_END);
        free(base);
}

static void empty_log_is_complete(void **state)
{
        struct region_writer writer;
        uint8_t *base = fresh(&writer);
        struct region_report report;

        (void)state;
        assert_int_equal(region_seal(&writer), REGION_OK);
        assert_int_equal(region_verify(base, SIZE, &report), REGION_OK);
        assert_true(report.complete);
        assert_int_equal(report.records, 0);
        free(base);
}

static void unsealed_is_salvaged(void **state)
{
        struct region_writer writer;
        uint8_t *base = fresh(&writer);
        struct region_report report;

        (void)state;
        assert_int_equal(region_set_state(&writer, REGION_RUNNING), REGION_OK);
        append(&writer, REGION_EVENT, "a", "{}");
        append(&writer, REGION_EVENT, "b", "{}");
        assert_int_equal(region_verify(base, SIZE, &report), REGION_OK);
        assert_false(report.complete);
        assert_int_equal(report.error, REGION_NOT_SEALED);
        assert_int_equal(report.info.state, REGION_RUNNING);
        assert_int_equal(report.records, 2);
        free(base);
}

static void both_headers_gone_is_salvaged(void **state)
{
        uint8_t *base = sealed();
        struct region_report report;

        (void)state;
        base[20] ^= 1;
        base[SIZE - 1] ^= 1;
        assert_int_equal(region_verify(base, SIZE, &report), REGION_OK);
        assert_int_equal(report.info.state, REGION_UNKNOWN);
        assert_int_equal(report.records, 3);
        assert_false(report.complete);
        base[REGION_HEADER_SIZE] ^= 1;
        assert_int_equal(region_verify(base, SIZE, &report), REGION_NOT_FOUND);
        free(base);
}

/* Both copies of the header say another version, and what their hash is then. */
static void say_version(uint8_t *base, uint32_t version, const uint8_t digest[SHA256_SIZE])
{
        struct layout_header header;

        memcpy(&header, base, sizeof(header));
        header.version = version;
        memcpy(header.sha256, digest, SHA256_SIZE);
        header.crc32c = crc32c(0, &header, offsetof(struct layout_header, crc32c));
        memcpy(base, &header, sizeof(header));
        memcpy(base + SIZE - sizeof(header), &header, sizeof(header));
}

/* Earlier versions sealed with the hash of all the data, and their regions are read. */
static void hash_is_what_the_version_says(void **state)
{
        uint8_t *base = sealed(), whole[SHA256_SIZE], tree[SHA256_SIZE];
        struct region_report report;
        struct region_info info;

        (void)state;
        assert_int_equal(region_inspect(base, SIZE, &info), REGION_OK);
        assert_int_equal(info.version, 2);
        sha256(base + REGION_HEADER_SIZE, info.data_length, whole);
        sha256(whole, SHA256_SIZE, tree); /* of a single piece */
        assert_memory_equal(info.sha256, tree, SHA256_SIZE);
        for (uint32_t version = 1; version <= 2; version++) {
                for (uint32_t hash = 1; hash <= 2; hash++) {
                        say_version(base, version, hash == 1 ? whole : tree);
                        assert_int_equal(region_verify(base, SIZE, &report), REGION_OK);
                        assert_int_equal(report.info.version, version);
                        assert_int_equal(
                                report.error, version == hash ? REGION_OK : REGION_BAD_HASH);
                }
        }
        for (uint32_t version = 0; version <= 3; version += 3) {
                say_version(base, version, tree);
                assert_int_equal(region_verify(base, SIZE, &report), REGION_BAD_VERSION);
        }
        free(base);
}

/* So that what is made by one version can be opened by another. */
static void version_is_1_until_sealed(void **state)
{
        struct region_writer writer;
        uint8_t *base = fresh(&writer);
        struct region_info info;

        (void)state;
        assert_int_equal(region_inspect(base, SIZE, &info), REGION_OK);
        assert_int_equal(info.version, 1);
        assert_int_equal(region_set_state(&writer, REGION_RUNNING), REGION_OK);
        assert_int_equal(region_inspect(base, SIZE, &info), REGION_OK);
        assert_int_equal(info.version, 1);
        free(base);
}

/* A hash that its caller got wrong is found; the right one seals as region_seal does. */
static void sealed_with_a_hash_of_the_callers(void **state)
{
        struct region_writer writer, other;
        uint8_t *base = fresh(&writer), *same = fresh(&other), digest[SHA256_SIZE];
        struct region_report report;
        const void *data;
        size_t length;

        (void)state;
        append(&writer, REGION_RUN, "run", "{}");
        append(&other, REGION_RUN, "run", "{}");
        data = region_data(&writer, &length);
        sha256_tree(data, length, digest);
        assert_int_equal(region_seal_hashed(&writer, digest), REGION_OK);
        assert_int_equal(region_seal(&other), REGION_OK);
        assert_memory_equal(base, same, SIZE);
        assert_int_equal(region_seal_hashed(&writer, digest), REGION_CLOSED);
        free(base);

        base = fresh(&writer);
        append(&writer, REGION_RUN, "run", "{}");
        digest[0] ^= 1;
        assert_int_equal(region_seal_hashed(&writer, digest), REGION_OK);
        assert_int_equal(region_verify(base, SIZE, &report), REGION_OK);
        assert_int_equal(report.error, REGION_BAD_HASH);
        free(base);
        free(same);
}

/* A writer that dies in the middle of a record leaves bytes without a header. */
static void torn_record_is_healed(void **state)
{
        struct region_writer writer, again;
        uint8_t *base = fresh(&writer);
        struct region_report report;
        void *room;

        (void)state;
        append(&writer, REGION_EVENT, "a", "{}");
        assert_int_equal(region_reserve(&writer, 3, 5000, &room), REGION_OK);
        memset(room, 0x5a, 5000);
        assert_int_equal(region_verify(base, SIZE, &report), REGION_OK);
        assert_int_equal(report.error, REGION_BAD_FREE);

        assert_int_equal(region_writer_open(base, SIZE, &again), REGION_OK);
        assert_int_equal(again.offset, writer.offset);
        append(&again, REGION_RUN, "run", "{}");
        assert_int_equal(region_seal(&again), REGION_OK);
        assert_int_equal(region_verify(base, SIZE, &report), REGION_OK);
        assert_true(report.complete);
        assert_int_equal(report.records, 2);
        free(base);
}

/* Only the part that is named, and of it only what lies behind the records. */
static void healing_stays_where_it_is_told(void **state)
{
        struct region_writer writer, found;
        uint8_t *base = fresh(&writer);

        (void)state;
        append(&writer, REGION_EVENT, "a", "{}");
        base[50000] = base[60000] = base[SIZE - REGION_HEADER_SIZE - 1] = 0x5a;
        assert_int_equal(region_writer_find(base, SIZE, &found), REGION_OK);
        assert_int_equal(found.offset, writer.offset);
        assert_int_equal(base[50000], 0x5a);
        region_writer_heal(&found, 0, 60000);
        assert_int_equal(base[50000], 0);
        assert_int_equal(base[60000], 0x5a);
        region_writer_heal(&found, 60001, UINT64_MAX);
        assert_int_equal(base[60000], 0x5a);
        assert_int_equal(base[SIZE - REGION_HEADER_SIZE - 1], 0);
        region_writer_heal(&found, 70000, 100); /* nothing */
        append(&found, REGION_EVENT, "b", "{}");
        assert_int_equal(found.number, 2);
        free(base);
}

static void reserve_and_cancel(void **state)
{
        struct region_writer writer;
        uint8_t *base = fresh(&writer);
        struct region_report report;
        void *room;

        (void)state;
        assert_int_equal(region_reserve(&writer, 4, 1000, &room), REGION_OK);
        memset(room, 1, 1000);
        region_cancel(&writer, 4, 1000);
        assert_int_equal(region_reserve(&writer, 4, 10, &room), REGION_OK);
        memset(room, 2, 10);
        assert_int_equal(region_commit(&writer, REGION_FILE, "name", 4, 10), REGION_OK);
        assert_int_equal(region_seal(&writer), REGION_OK);
        assert_int_equal(region_verify(base, SIZE, &report), REGION_OK);
        assert_true(report.complete);
        free(base);
}

/* A sum taken while the data came makes the same record; data that changed since does not pass. */
static void summed_along(void **state)
{
        static const char data[] = "thirteen bytes";
        struct region_writer along, whole;
        uint8_t *a = fresh(&along), *b = fresh(&whole);
        struct region_report report;
        uint32_t crc;
        void *room;

        (void)state;
        assert_int_equal(region_reserve(&along, 4, sizeof(data), &room), REGION_OK);
        memcpy(room, data, sizeof(data));
        crc = crc32c(crc32c(crc32c(0, "name", 4), data, 5), data + 5, sizeof(data) - 5);
        assert_int_equal(
                region_commit_summed(&along, REGION_FILE, "name", 4, sizeof(data), crc), REGION_OK);
        assert_int_equal(
                region_append(&whole, REGION_FILE, "name", 4, data, sizeof(data)), REGION_OK);
        assert_memory_equal(a, b, SIZE);
        free(b);

        assert_int_equal(region_reserve(&along, 4, sizeof(data), &room), REGION_OK);
        memcpy(room, data, sizeof(data));
        ((char *)room)[3] ^= 4;
        assert_int_equal(
                region_commit_summed(&along, REGION_FILE, "name", 4, sizeof(data), crc), REGION_OK);
        assert_int_equal(region_verify(a, SIZE, &report), REGION_OK);
        assert_int_equal(report.error, REGION_BAD_RECORD);
        free(a);
}

static void full_refuses_and_keeps(void **state)
{
        struct region_writer writer;
        uint8_t *base = fresh(&writer);
        size_t room = region_writer_free(&writer);
        uint8_t *big = calloc(1, SIZE);

        (void)state;
        writer.keep_free = 256;
        assert_int_equal(region_record_bytes(1, room - 65), room);
        assert_int_equal(region_append(&writer, REGION_FILE, "f", 1, big, room - 65), REGION_FULL);
        assert_int_equal(region_writer_free(&writer), room);
        assert_int_equal(
                region_append(&writer, REGION_FILE, "f", 1, big, room - 65 - 256), REGION_OK);
        assert_int_equal(region_writer_free(&writer), 256);
        assert_int_equal(region_append(&writer, REGION_EVENT, "e", 1, "{}", 2), REGION_FULL);
        assert_int_equal(region_append(&writer, REGION_RUN, "run", 3, "{}", 2), REGION_OK);
        assert_int_equal(region_seal(&writer), REGION_OK);
        assert_int_equal(region_append(&writer, REGION_RUN, "run", 3, "{}", 2), REGION_CLOSED);
        assert_int_equal(region_seal(&writer), REGION_CLOSED);
        free(big);
        free(base);
}

static void lengths_do_not_overflow(void **state)
{
        struct region_writer writer;
        uint8_t *base = fresh(&writer);
        void *room;

        (void)state;
        assert_true(region_record_bytes(UINT64_MAX, 1) == UINT64_MAX);
        assert_true(region_record_bytes(1, UINT64_MAX - 64) == UINT64_MAX);
        assert_int_equal(region_reserve(&writer, 1, SIZE_MAX, &room), REGION_FULL);
        assert_int_equal(region_reserve(&writer, 0, 1, &room), REGION_BAD_NAME);
        assert_int_equal(region_reserve(&writer, REGION_MAX_NAME + 1, 1, &room), REGION_BAD_NAME);
        free(base);
}

static void wrong_sizes_are_refused(void **state)
{
        uint8_t *base = sealed();
        struct region_info info = { .size = 99 };

        (void)state;
        assert_int_equal(region_inspect(base, 100, &info), REGION_BAD_SIZE);
        assert_int_equal(region_inspect(base, SIZE - 4096, &info), REGION_BAD_SIZE);
        assert_int_equal(info.size, 99);
        memset(base, 0, SIZE);
        assert_int_equal(region_inspect(base, SIZE, &info), REGION_NOT_FOUND);
        free(base);
}

static void stale_copy_is_named(void **state)
{
        struct region_writer writer;
        uint8_t *base = fresh(&writer);
        uint8_t old[REGION_HEADER_SIZE];
        struct region_report report;

        (void)state;
        memcpy(old, base, sizeof(old));
        assert_int_equal(region_seal(&writer), REGION_OK);
        memcpy(base + SIZE - sizeof(old), old, sizeof(old));
        assert_int_equal(region_verify(base, SIZE, &report), REGION_OK);
        assert_true(report.info.last_damaged);
        assert_false(report.info.first_damaged);
        assert_true(report.complete);
        free(base);
}

/* Every bit of both headers and of the log, and every 1009th of the free space. */
static void no_flipped_bit_is_silent(void **state)
{
        uint8_t *base = sealed();
        struct region_report report;
        uint64_t log_end;

        (void)state;
        assert_int_equal(region_verify(base, SIZE, &report), REGION_OK);
        log_end = REGION_HEADER_SIZE + report.good_length;
        for (uint64_t bit = 0; bit < 8ull * SIZE;
                bit += bit / 8 >= log_end && bit / 8 < SIZE - REGION_HEADER_SIZE - 128 ? 1009 : 1) {
                uint64_t at = bit / 8;

                base[at] ^= (uint8_t)(1u << bit % 8);
                assert_int_equal(region_verify(base, SIZE, &report), REGION_OK);
                assert_int_equal(report.info.first_damaged, at < REGION_HEADER_SIZE);
                assert_int_equal(report.info.last_damaged, at >= SIZE - REGION_HEADER_SIZE);
                assert_int_equal(report.complete,
                        at < REGION_HEADER_SIZE || at >= SIZE - REGION_HEADER_SIZE);
                base[at] ^= (uint8_t)(1u << bit % 8);
                if (bit % 64 == 0 && at < REGION_HEADER_SIZE - 128 && at > 128)
                        bit += 56; /* headers are mostly zeroes: one bit in each word there */
        }
        free(base);
}

static void uuid_round_trip(void **state)
{
        char text[UUID_LENGTH + 1];
        uint8_t back[16] = { 0 };

        (void)state;
        uuid_format(run_id, text);
        assert_string_equal(text, "12345678-9abc-4def-8001-020304050607");
        assert_true(uuid_parse("12345678-9ABC-4DEF-8001-020304050607", 36, back));
        assert_memory_equal(back, run_id, 16);
        assert_false(uuid_parse("12345678-9abc-4def-8001-02030405060", 35, back));
        assert_false(uuid_parse("12345678x9abc-4def-8001-020304050607", 36, back));
        assert_false(uuid_parse("1234567g-9abc-4def-8001-020304050607", 36, back));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(created_is_opened),
                cmocka_unit_test(created_in_zeroes_is_the_same),
                cmocka_unit_test(written_is_read),
                cmocka_unit_test(empty_log_is_complete),
                cmocka_unit_test(unsealed_is_salvaged),
                cmocka_unit_test(both_headers_gone_is_salvaged),
                cmocka_unit_test(hash_is_what_the_version_says),
                cmocka_unit_test(version_is_1_until_sealed),
                cmocka_unit_test(sealed_with_a_hash_of_the_callers),
                cmocka_unit_test(torn_record_is_healed),
                cmocka_unit_test(healing_stays_where_it_is_told),
                cmocka_unit_test(reserve_and_cancel),
                cmocka_unit_test(summed_along),
                cmocka_unit_test(full_refuses_and_keeps),
                cmocka_unit_test(lengths_do_not_overflow),
                cmocka_unit_test(wrong_sizes_are_refused),
                cmocka_unit_test(stale_copy_is_named),
                cmocka_unit_test(no_flipped_bit_is_silent),
                cmocka_unit_test(uuid_round_trip),
        };

        return run_tap(tests);
}
