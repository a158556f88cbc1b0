/* A store's map: what is one, what is none and why, and where each byte of the room lies. */
#include <inttypes.h>
#include <stdio.h>

#include "lib/why.h"
#include "store/map.h"
#include "tests/unit/tap.h"

#define ID     "id 12345678-9abc-4def-8001-020304050607\n"
#define HOST   "host 000102030405060708090a0b0c0d0e0f\n"
#define START  "store 1\n" ID HOST "generation 7\ndisk-size 1048576\n"
#define SERIAL "disk-serial S1 2\n"

static const char whole[] = START "disk-wwn naa.5000c500a1b2c3d4\n" SERIAL
                                  "disk-table 0badf00d-0000-4000-8000-0000000000ff\n"
                                  "extent 65536 8192\nextent 8192 16384\nextent 131072 12288\n";

static bool parse(const char *text, struct store_map *map, char *why)
{
        return store_map_parse(text, strlen(text), map, why);
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
        { "", "a map without a line" },
        { "store 2\n", "line 1: not \"store 1\"" },
        { ID, "line 1: not \"store 1\"" },
        { "store 1", "line 1 has no end" },
        { START SERIAL "extent 4096 8192", "line 7 has no end" },
        { "store 1\nid\n", "line 2: a key and no value" },
        { "store 1\nid 1234\n", "line 2: id is not a UUID" },
        { "store 1\nhost 00\n", "line 2: host is not 32 hexadecimal digits" },
        { "store 1\nhost 000102030405060708090a0b0c0d0e0g\n", "line 2: host is not" },
        { "store 1\ngeneration -1\n", "line 2: generation is not a number" },
        { "store 1\ngeneration 18446744073709551616\n", "line 2: generation is not a number" },
        { START "generation 8\n", "line 6: generation for the second time" },
        { START "disk-serial \n", "line 6: disk-serial is not a word" },
        { START "disk-serial  x\n", "line 6: disk-serial is not a word" },
        { START "disk-serial x\ty\n", "line 6: disk-serial is not a word" },
        { START "disk-table sda\n", "line 6: disk-table is not a UUID" },
        { START "extent 4096\n", "line 6: extent is not a start and a length" },
        { START "extent 4096 8192 1\n", "line 6: extent is not a start and a length" },
        { START "extend 4096 8192\n", "line 6: there is no key of that name" },
        { "store 1\n" HOST "generation 7\ndisk-size 1048576\n" SERIAL "extent 4096 8192\n",
                "no line has id" },
        { "store 1\n" ID HOST "generation 7\n" SERIAL "extent 4096 8192\n",
                "no line has disk-size" },
        { START "extent 4096 8192\n", "nothing tells its disk from others" },
        { START SERIAL, "there is no extent" },
        { START SERIAL "extent 4096 8192\nextent 12800 8192\n", "extent 1 is not of whole blocks" },
        { START SERIAL "extent 4096 8191\n", "extent 0 is not of whole blocks" },
        { START SERIAL "extent 4096 4096\n", "extent 0 has no room" },
        { START SERIAL "extent 4096 0\n", "extent 0 has no room" },
        { START SERIAL "extent 0 8192\n", "extent 0 is the disk's first block" },
        { START SERIAL "extent 1044480 8192\n", "extent 0 ends behind the disk's end" },
        { START SERIAL "extent 18446744073709543424 8192\n",
                "extent 0 ends behind the disk's end" },
        { START SERIAL "extent 4096 18446744073709547520\n",
                "extent 0 ends behind the disk's end" },
        { START SERIAL "extent 8192 8192\nextent 4096 8192\n",
                "extents 1 and 0 lie one over the other" },
        { START SERIAL "extent 8192 8192\nextent 65536 8192\nextent 8192 8192\n",
                "lie one over the other" },
        { "store 1\n" ID HOST "generation 7\ndisk-size 18446744073709547520\n" SERIAL
          "extent 4096 8192\n",
                "no disk has 18446744073709547520 bytes" },
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

static void a_nul_and_a_long_line_are_refused(void **state)
{
        char text[2000], why[WHY_SIZE];
        struct store_map map;
        int length;

        (void)state;
        assert_false(store_map_parse("store 1\nid \0\n", 13, &map, why));
        assert_string_equal(why, "line 2: a NUL byte");
        length = snprintf(text, sizeof(text), "store 1\ndisk-serial %0999d\n", 1);
        assert_false(store_map_parse(text, (size_t)length, &map, why));
        assert_string_equal(why, "line 2 is too long");
        length = snprintf(text, sizeof(text), "store 1\ndisk-serial %0128d\n", 1);
        assert_false(store_map_parse(text, (size_t)length, &map, why));
        assert_string_equal(why, "line 2: disk-serial is not a word");
}

static void too_many_extents_are_refused(void **state)
{
        size_t size = 64 * (STORE_EXTENTS_MAX + 2), length = 0;
        char *text = malloc(size), why[WHY_SIZE];
        struct store_map map;

        (void)state;
        length += (size_t)snprintf(
                text, size, "store 1\n" ID HOST "generation 7\ndisk-size 1099511627776\n" SERIAL);
        for (uint64_t i = 1; i <= STORE_EXTENTS_MAX; i++)
                length += (size_t)snprintf(
                        text + length, size - length, "extent %" PRIu64 " 8192\n", i << 14);
        assert_true(store_map_parse(text, length, &map, why));
        assert_int_equal(map.room, (uint64_t)STORE_EXTENTS_MAX * 4096);
        store_map_free(&map);
        length += (size_t)snprintf(text + length, size - length, "extent 4096 8192\n");
        assert_false(store_map_parse(text, length, &map, why));
        assert_non_null(strstr(why, "at most 65536 times"));
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
                cmocka_unit_test(a_nul_and_a_long_line_are_refused),
                cmocka_unit_test(too_many_extents_are_refused),
                cmocka_unit_test(room_is_found_where_it_lies),
        };

        return run_tap(tests);
}
