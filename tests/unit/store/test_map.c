/* A store's map: what is one, what is none and why, and where each byte of the room lies. */
#include <inttypes.h>
#include <stdio.h>

#include "lib/why.h"
#include "store/map.h"
#include "tests/unit/tap.h"

#define ID     "id=12345678-9abc-4def-8001-020304050607\n"
#define HOST   "host=000102030405060708090a0b0c0d0e0f\n"
#define START  "store=1\n" ID HOST "generation=7\ndisk-size=1048576\n"
#define SERIAL "disk-serial=S1 2\n"

static const char whole[] = START "disk-wwn=naa.5000c500a1b2c3d4\n" SERIAL
                                  "disk-table=0badf00d-0000-4000-8000-0000000000ff\n"
                                  "extent=65536 8192\nextent=8192 16384\nextent=131072 12288\n";

#define ROOT0 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define ROOM  START SERIAL "extent=4096 45056\n" /* 40960 bytes of room */

static bool parse(const char *text, struct store_map *map, char *why)
{
        return store_map_parse("store.map", text, strlen(text), map, why);
}

static void what_is_said_is_read(void **state)
{
        struct store_map map;
        char why[WHY_SIZE];

        (void)state;
        assert_true(parse(whole, &map, why));
        assert_int_equal(map.generation, 7);
        assert_int_equal(map.id[0], 0x12);
        assert_int_equal(map.host[15], 15);
        assert_int_equal(map.disk.size, 1048576);
        assert_string_equal(map.disk.wwn, "naa.5000c500a1b2c3d4");
        assert_string_equal(map.disk.serial, "S1 2");
        assert_string_equal(map.disk.table, "0badf00d-0000-4000-8000-0000000000ff");
        assert_int_equal(map.count, 3);
        assert_int_equal(map.room, 4096 + 12288 + 8192);
        store_map_free(&map);
}

static void what_is_written_is_what_was_read(void **state)
{
        struct store_map map;
        char why[WHY_SIZE], *text;
        size_t length;

        (void)state;
        assert_true(parse(whole, &map, why));
        text = store_map_format(&map, &length);
        assert_string_equal(text, whole);
        assert_int_equal(length, strlen(whole));
        free(text);
        store_map_free(&map);
}

static const struct {
        const char *text, *why;
} bad[] = {
        { "", "store.map: does not say store=" },
        { "store=2\n", "store.map:1: " },
        { ID HOST "generation=7\ndisk-size=1048576\n" SERIAL "extent=4096 8192\n",
                "store.map: does not say store=" },
        { "store=1\nid\n", "store.map:2: " },
        { "store=1\nid=1234\n", "store.map:2: id: expected a UUID, not \"1234\"" },
        { "store=1\nhost=00\n", "store.map:2: host: expected 32 hexadecimal digits, not \"00\"" },
        { "store=1\nhost=000102030405060708090a0b0c0d0e0g\n", "expected 32 hexadecimal digits" },
        { "store=1\ngeneration=-1\n", "store.map:2: " },
        { "store=1\ngeneration=0\n", "store.map:2: " },
        { "store=1\ngeneration=18446744073709551616\n", "store.map:2: " },
        { START "generation=8\n", "store.map:6: " },
        { START "disk-serial=\n",
                "store.map:6: disk-serial: expected a word of at most 127 bytes, not \"\"" },
        { START "disk-serial=x\1y\n", "store.map:6: " },
        { START "disk-table=sda\n", "store.map:6: disk-table: expected a UUID, not \"sda\"" },
        { START "extent=4096\n", "store.map:6: extent: expected a start and a length in bytes" },
        { START "extent=4096 8192 1\n",
                "store.map:6: extent: expected a start and a length in bytes" },
        { START "extent= 8192\n", "store.map:6: extent: expected a start and a length in bytes" },
        { START "extend=4096 8192\n", "store.map:6: " },
        { "store=1\n" HOST "generation=7\ndisk-size=1048576\n" SERIAL "extent=4096 8192\n",
                "store.map: does not say id=" },
        { "store=1\n" ID "generation=7\ndisk-size=1048576\n" SERIAL "extent=4096 8192\n",
                "store.map: does not say host=" },
        { "store=1\n" ID HOST "disk-size=1048576\n" SERIAL "extent=4096 8192\n",
                "store.map: does not say generation=" },
        { "store=1\n" ID HOST "generation=7\n" SERIAL "extent=4096 8192\n",
                "store.map: does not say disk-size=" },
        { START "extent=4096 8192\n", "nothing tells its disk from others" },
        { START SERIAL, "there is no extent" },
        { START SERIAL "extent=4096 8192\nextent=12800 8192\n", "extent 1 is not of whole blocks" },
        { START SERIAL "extent=4096 8191\n", "extent 0 is not of whole blocks" },
        { START SERIAL "extent=4096 4096\n", "extent 0 has no room" },
        { START SERIAL "extent=4096 0\n", "extent 0 has no room" },
        { START SERIAL "extent=0 8192\n", "extent 0 is the disk's first block" },
        { START SERIAL "extent=1044480 8192\n", "extent 0 ends behind the disk's end" },
        { START SERIAL "extent=18446744073709543424 8192\n",
                "extent 0 ends behind the disk's end" },
        { START SERIAL "extent=4096 18446744073709547520\n",
                "extent 0 ends behind the disk's end" },
        { START SERIAL "extent=8192 8192\nextent=4096 8192\n",
                "extents 1 and 0 lie one over the other" },
        { START SERIAL "extent=8192 8192\nextent=65536 8192\nextent=8192 8192\n",
                "lie one over the other" },
        { ROOM "input=8192 8192 " ROOT0 "\n",
                "store.map:8: input: expected an offset, bytes, a SHA-256 and a name" },
        { ROOM "input=8192 8192 1234 a\n", "expected an offset, bytes, a SHA-256 and a name" },
        { ROOM "input=8192\n", "expected an offset, bytes, a SHA-256 and a name" },
        { ROOM "input=8192 8192 " ROOT0 " \n", "expected an offset, bytes, a SHA-256 and a name" },
        { ROOM "input=8192 8192 " ROOT0 " /a\n", "the name of input 0, '/a', is absolute" },
        { ROOM "input=8192 8192 " ROOT0 " a/../b\n", "the name of input 0, 'a/../b', " },
        { ROOM "input=8192 0 " ROOT0 " a\n", "input 0 is not of whole blocks" },
        { ROOM "input=8192 100 " ROOT0 " a\n", "input 0 is not of whole blocks" },
        { ROOM "input=100 8192 " ROOT0 " a\n", "input 0 is not of whole blocks" },
        { ROOM "input=32768 8192 " ROOT0 " a\n", "input 0 ends behind the store's end" },
        { ROOM "input=40960 4096 " ROOT0 " a\n", "input 0 ends behind the store's end" },
        { ROOM "input=18446744073709547520 4096 " ROOT0 " a\n",
                "input 0 ends behind the store's end" },
        { ROOM "input=8192 18446744073709547520 " ROOT0 " a\n",
                "input 0 ends behind the store's end" },
        { ROOM "input=8192 8192 " ROOT0 " a\ninput=16384 4096 " ROOT0 " b\n",
                "input 1 begins before the end of the one before" },
        { ROOM "input=8192 8192 " ROOT0 " a\ninput=20480 4096 " ROOT0 " a\n",
                "inputs 0 and 1 are in each other's way" },
        { ROOM "input=8192 8192 " ROOT0 " a/b\ninput=20480 4096 " ROOT0 " a\n",
                "inputs 0 and 1 are in each other's way" },
        { ROOM "input=4096 4096 " ROOT0 " a\n",
                "checkpoints and inputs leave no room for results" },
        { ROOM "checkpoint=8192 4096 1 " ROOT0 "\n",
                "expected an offset, bytes, a number of devices, a SHA-256 and a job" },
        { ROOM "checkpoint=8192 4096 " ROOT0 " a\n",
                "expected an offset, bytes, a number of devices, a SHA-256 and a job" },
        { ROOM "checkpoint=8192 4096 1 " ROOT0 " ../a\n", "the job of checkpoint 0, '../a', " },
        { ROOM "checkpoint=8192 4095 1 " ROOT0 " a\n", "checkpoint 0 is not of whole blocks" },
        { ROOM "checkpoint=8191 4096 1 " ROOT0 " a\n", "checkpoint 0 is not of whole blocks" },
        { ROOM "checkpoint=8192 0 1 " ROOT0 " a\n", "checkpoint 0 is not of whole blocks" },
        { ROOM "checkpoint=8192 4096 0 " ROOT0 " a\n", "or of no device" },
        { ROOM "checkpoint=8192 4096 3 " ROOT0 " a\n", "checkpoint 0 ends behind the store's end" },
        { ROOM "checkpoint=8192 4096 65 " ROOT0 " a\n",
                "checkpoint 0 ends behind the store's end" },
        { ROOM "checkpoint=8192 9223372036854771712 64 " ROOT0 " a\n",
                "checkpoint 0 ends behind the store's end" },
        { ROOM "checkpoint=28672 4096 1 " ROOT0 " a\n",
                "checkpoint 0 ends behind the store's end" },
        { ROOM "checkpoint=8192 4096 1 " ROOT0 " a\ncheckpoint=20480 4096 1 " ROOT0 " b\n",
                "checkpoint 1 begins before the end of the one before" },
        { ROOM "checkpoint=8192 4096 1 " ROOT0 " a\ncheckpoint=24576 4096 1 " ROOT0 " a\n",
                "checkpoints 0 and 1 are of one job" },
        { ROOM "checkpoint=8192 4096 1 " ROOT0 " a\ninput=20480 4096 " ROOT0 " i\n",
                "input 0 begins before the end of the one before" },
        { ROOM "checkpoint=4096 4096 1 " ROOT0 " a\n",
                "checkpoints and inputs leave no room for results" },
        { "store=1\n" ID HOST "generation=7\ndisk-size=18446744073709547520\n" SERIAL
          "extent=4096 8192\n",
                "store.map:5: " },
};

static void what_is_no_map_is_refused_with_its_reason(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                struct store_map map = { .generation = 99 };
                char why[WHY_SIZE] = "";

                if (parse(bad[i].text, &map, why) || !strstr(why, bad[i].why))
                        fail_msg("%zu: wanted \"%s\", got \"%s\"", i, bad[i].why, why);
                assert_int_equal(map.generation, 99); /* only on success */
        }
}

static void what_is_too_long_is_refused(void **state)
{
        char text[200], why[WHY_SIZE], *longer = calloc(1, 70000);
        struct store_map map;

        (void)state;
        snprintf(text, sizeof(text), "store=1\ndisk-serial=%0127d\n", 1);
        assert_false(parse(text, &map, why));
        assert_non_null(strstr(why, "does not say id="));
        snprintf(text, sizeof(text), "store=1\ndisk-serial=%0128d\n", 1);
        assert_false(parse(text, &map, why));
        assert_non_null(
                strstr(why, "store.map:2: disk-serial: expected a word of at most 127 bytes"));
        memset(longer, '#', 70000);
        assert_false(store_map_parse("store.map", longer, 70000, &map, why));
        assert_non_null(strstr(why, "store.map"));
        free(longer);
}

static void too_many_extents_are_refused(void **state)
{
        size_t size = 64 * (STORE_EXTENTS_MAX + 2), length = 0;
        char *text = malloc(size), why[WHY_SIZE];
        struct store_map map;

        (void)state;
        length += (size_t)snprintf(
                text, size, "store=1\n" ID HOST "generation=7\ndisk-size=1099511627776\n" SERIAL);
        for (uint64_t i = 1; i <= STORE_EXTENTS_MAX;
                i++) /* within KEYVALUE_MAX_BYTES, whatever their numbers */
                length += (size_t)snprintf(
                        text + length, size - length, "extent=%" PRIu64 " 8192\n", i << 14);
        assert_true(store_map_parse("store.map", text, length, &map, why));
        assert_int_equal(map.room, (uint64_t)STORE_EXTENTS_MAX * 4096);
        store_map_free(&map);
        length += (size_t)snprintf(text + length, size - length, "extent=4096 8192\n");
        assert_false(store_map_parse("store.map", text, length, &map, why));
        assert_non_null(strstr(why, ": more than 1024 extents"));
        free(text);
}

/* Room 0 to 4095, 4096 to 16383, 16384 to 24575, in the extents as the map has them. */
static const struct {
        uint64_t offset, length, start, found; /* found 0: refused */
} pieces[] = {
        { 0, 4096, 69632, 4096 },
        { 0, 8192, 69632, 4096 },
        { 4096, 12288, 12288, 12288 },
        { 8192, 4096, 16384, 4096 },
        { 8192, 1 << 13, 16384, 8192 },
        { 12288, 8192, 20480, 4096 },
        { 16384, 8192, 135168, 8192 },
        { 20480, 4096, 139264, 4096 },
        { 24575, 1, 143359, 1 },
        { 24576, 1, 0, 0 },
        { 20480, 4097, 0, 0 },
        { 0, 24577, 0, 0 },
        { 0, 0, 0, 0 },
        { UINT64_MAX, 2, 0, 0 },
        { 4096, UINT64_MAX, 0, 0 },
};

static void inputs_lie_behind_the_results(void **state)
{
        static const char text[] = ROOM "input=8192 8192 " ROOT0 " of data/a b\n"
                                        "input=24576 4096 " ROOT0 " b\n";
        struct store_map map;
        char why[WHY_SIZE], *again;
        size_t length;

        (void)state;
        assert_true(parse(text, &map, why));
        assert_int_equal(map.room, 40960);
        assert_int_equal(map.results, 8192);
        assert_int_equal(map.input_count, 2);
        assert_int_equal(store_input_span(map.inputs[0].bytes), 12288); /* with its tree */
        assert_int_equal(store_input_span(map.inputs[1].bytes), 4096);
        assert_string_equal(map.inputs[0].name, "of data/a b");
        assert_int_equal(map.inputs[0].root[31], 0x1f);
        assert_int_equal(store_map_input(&map, "b"), 1);
        assert_int_equal(store_map_input(&map, "of data"), -1);
        again = store_map_format(&map, &length);
        assert_string_equal(again, text);
        free(again);
        store_map_free(&map);
        assert_true(parse(whole, &map, why));
        assert_int_equal(map.results, map.room);
        store_map_free(&map);
}

static void checkpoints_lie_before_inputs(void **state)
{
        static const char text[] = ROOM "checkpoint=8192 4096 1 " ROOT0 " a\n"
                                        "input=28672 4096 " ROOT0 " b\n";
        struct store_map map;
        char why[WHY_SIZE], *again;
        size_t length;

        (void)state;
        if (!parse(text, &map, why))
                fail_msg("%s", why);
        assert_int_equal(map.results, 8192);
        assert_int_equal(map.writable, 28672);
        assert_int_equal(store_checkpoint_span(4096, 1), 4 * 4096);
        assert_int_equal(store_checkpoint_span(8192, 3), 6 * 3 * 4096);
        assert_int_equal(map.checkpoints[0].devices, 1);
        assert_string_equal(map.checkpoints[0].job, "a");
        again = store_map_format(&map, &length);
        assert_string_equal(again, text);
        free(again);
        store_map_free(&map);
}

static void too_many_inputs_are_refused(void **state)
{
        struct store_map map = { .count = 0 };
        struct store_input input = { .name = (char *)"a" };

        (void)state;
        for (size_t i = 0; i < STORE_INPUTS_MAX; i++)
                assert_true(store_map_add_input(&map, &input));
        assert_false(store_map_add_input(&map, &input));
        assert_int_equal(map.input_count, STORE_INPUTS_MAX);
        store_map_free(&map);
}

static void room_is_found_where_it_lies(void **state)
{
        struct store_map map;
        char why[WHY_SIZE];

        (void)state;
        assert_true(parse(whole, &map, why));
        for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
                struct store_piece piece = { 0 };
                bool found = store_map_find(&map, pieces[i].offset, pieces[i].length, &piece);

                if (found != (pieces[i].found > 0) || piece.start != pieces[i].start ||
                        piece.length != pieces[i].found)
                        fail_msg("%zu: %d %" PRIu64 " %" PRIu64, i, found, piece.start,
                                piece.length);
        }
        store_map_free(&map);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_said_is_read),
                cmocka_unit_test(what_is_written_is_what_was_read),
                cmocka_unit_test(what_is_no_map_is_refused_with_its_reason),
                cmocka_unit_test(what_is_too_long_is_refused),
                cmocka_unit_test(too_many_extents_are_refused),
                cmocka_unit_test(inputs_lie_behind_the_results),
                cmocka_unit_test(checkpoints_lie_before_inputs),
                cmocka_unit_test(too_many_inputs_are_refused),
                cmocka_unit_test(room_is_found_where_it_lies),
        };

        return run_tap(tests);
}
