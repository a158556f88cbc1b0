/*
 * What writes to a disk: only where every extent is found as its map has it, and only into their
 * room. The disk is a file; every byte outside of the room is compared after each test.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/why.h"
#include "store/head.h"
#include "store/pen.h"
#include "tests/unit/tap.h"

#define BLOCKS 64u
#define DISK   ((size_t)BLOCKS * STORE_BLOCK)

static struct store_extent extents[] = {
        { .start = 20 * STORE_BLOCK, .length = 2 * STORE_BLOCK },
        { .start = 4 * STORE_BLOCK, .length = 8 * STORE_BLOCK },
        { .start = 60 * STORE_BLOCK, .length = 4 * STORE_BLOCK },
};

static const struct store_map usual = {
        .id = { 1, 2, 3 },
        .host = { 4, 5, 6 },
        .generation = 7,
        .disk = { .size = DISK, .serial = "S" },
        .extents = extents,
        .count = 3,
};

struct fixture {
        struct store_map map;
        int fd;
        uint8_t before[DISK];
};

static uint8_t block[16 * STORE_BLOCK] __attribute__((aligned(STORE_BLOCK)));

/* Writes the first blocks that `map` wants where `at` has its extents. */
static void write_heads(int fd, const struct store_map *map, const struct store_extent *at)
{
        uint8_t digest[SHA256_SIZE];
        struct store_head head;

        assert_true(store_map_digest(map, digest));
        for (size_t i = 0; i < map->count; i++) {
                store_head_make(map, digest, i, &head);
                assert_int_equal(pwrite(fd, &head, sizeof(head), (off_t)at[i].start), sizeof(head));
        }
}

static void keep(struct fixture *disk)
{
        assert_int_equal(pread(disk->fd, disk->before, DISK, 0), DISK);
}

static int make_disk(void **state)
{
        struct fixture *disk = calloc(1, sizeof(*disk));
        char why[WHY_SIZE];

        disk->fd = memfd_create("disk", MFD_CLOEXEC);
        memset(disk->before, 0xda, DISK);
        assert_int_equal(pwrite(disk->fd, disk->before, DISK, 0), DISK);
        disk->map = usual;
        assert_true(store_map_check(&disk->map, why));
        write_heads(disk->fd, &disk->map, disk->map.extents);
        keep(disk);
        memset(block, 0x11, sizeof(block));
        *state = disk;
        return 0;
}

static int drop_disk(void **state)
{
        struct fixture *disk = *state;

        close(disk->fd);
        free(disk);
        return 0;
}

static bool is_room(size_t at)
{
        for (size_t i = 0; i < usual.count; i++)
                if (at >= extents[i].start + STORE_BLOCK &&
                        at < extents[i].start + extents[i].length)
                        return true;
        return false;
}

/* How many bytes of the room are not as they were; outside of it none may be. */
static size_t changed(const struct fixture *disk)
{
        static uint8_t now[DISK];
        size_t count = 0;

        assert_int_equal(pread(disk->fd, now, DISK, 0), DISK);
        for (size_t i = 0; i < DISK; i++) {
                if (now[i] == disk->before[i])
                        continue;
                if (!is_room(i))
                        fail_msg("byte %zu of the disk was written", i);
                count++;
        }
        return count;
}

static void all_room_is_written_and_read(void **state)
{
        static uint8_t back[11 * STORE_BLOCK] __attribute__((aligned(STORE_BLOCK)));
        struct fixture *disk = *state;
        struct store_pen pen;
        char why[WHY_SIZE];

        assert_int_equal(disk->map.room, 11 * STORE_BLOCK);
        assert_true(store_pen_open(disk->fd, DISK, &disk->map, &pen, why));
        for (size_t i = 0; i < 11; i++)
                memset(block + i * STORE_BLOCK, (int)i + 1, STORE_BLOCK);
        assert_true(store_pen_write(&pen, 0, block, 11 * STORE_BLOCK, why));
        assert_int_equal(changed(disk), 11 * STORE_BLOCK);
        assert_true(store_pen_read(&pen, 0, back, sizeof(back), why));
        assert_memory_equal(back, block, sizeof(back));
        assert_true(store_pen_read(&pen, 9 * STORE_BLOCK, back, 2 * STORE_BLOCK, why));
        assert_memory_equal(back, block + 9 * STORE_BLOCK, 2 * STORE_BLOCK);
}

/* Wherever in an extent they begin. */
static void inputs_are_read_and_not_written(void **state)
{
        static uint8_t back[11 * STORE_BLOCK] __attribute__((aligned(STORE_BLOCK)));

        (void)state;
        for (uint64_t results = 2; results < 11; results++) {
                struct store_input input = {
                        .offset = results * STORE_BLOCK, .bytes = STORE_BLOCK, .name = (char *)"a"
                };
                struct fixture *disk;
                struct store_pen pen;
                char why[WHY_SIZE];
                void *one;

                make_disk(&one);
                disk = one;
                disk->map.inputs = &input;
                disk->map.input_count = 1;
                assert_true(store_map_check(&disk->map, why));
                write_heads(disk->fd, &disk->map, extents);
                keep(disk);
                assert_true(store_pen_open(disk->fd, DISK, &disk->map, &pen, why));
                assert_false(store_pen_write(&pen, 0, block, (results + 1) * STORE_BLOCK, why));
                assert_false(store_pen_write(&pen, results * STORE_BLOCK, block, STORE_BLOCK, why));
                assert_int_equal(changed(disk), 0);
                assert_true(store_pen_write(&pen, 0, block, results * STORE_BLOCK, why));
                assert_int_equal(changed(disk), results * STORE_BLOCK);
                assert_true(store_pen_read(&pen, 0, back, sizeof(back), why));
                drop_disk(&one);
        }
}

/* The stage writes them, as it writes results; and still no input. */
static void checkpoints_may_be_written(void **state)
{
        struct store_checkpoint place = {
                .offset = 2 * STORE_BLOCK, .bytes = STORE_BLOCK, .devices = 1, .job = (char *)"j"
        };
        struct store_input input = {
                .offset = 6 * STORE_BLOCK, .bytes = STORE_BLOCK, .name = (char *)"a"
        };
        struct fixture *disk = *state;
        struct store_pen pen;
        char why[WHY_SIZE];

        disk->map.checkpoints = &place;
        disk->map.checkpoint_count = 1;
        disk->map.inputs = &input;
        disk->map.input_count = 1;
        assert_true(store_map_check(&disk->map, why));
        assert_int_equal(disk->map.results, 2 * STORE_BLOCK);
        write_heads(disk->fd, &disk->map, extents);
        keep(disk);
        assert_true(store_pen_open(disk->fd, DISK, &disk->map, &pen, why));
        assert_false(store_pen_write(&pen, 5 * STORE_BLOCK, block, 2 * STORE_BLOCK, why));
        assert_int_equal(changed(disk), 0);
        assert_true(store_pen_write(&pen, 2 * STORE_BLOCK, block, 4 * STORE_BLOCK, why));
        assert_int_equal(changed(disk), 4 * STORE_BLOCK);
}

static void what_would_not_all_be_in_it_is_not_begun(void **state)
{
        static const struct {
                uint64_t offset;
                size_t length, misaligned;
                const char *why;
        } cases[] = {
                { 0, 12 * STORE_BLOCK, 0, "49152 bytes from 0 on are not all in the store" },
                { 11 * STORE_BLOCK, STORE_BLOCK, 0, "are not all in the store" },
                { UINT64_MAX - STORE_BLOCK + 1, STORE_BLOCK, 0, "are not all in the store" },
                { 100, STORE_BLOCK, 0, "not whole blocks" },
                { 0, 100, 0, "not whole blocks" },
                { 0, STORE_BLOCK, 8, "not whole blocks" },
        };
        struct fixture *disk = *state;
        struct store_pen pen;
        char why[WHY_SIZE];

        assert_true(store_pen_open(disk->fd, DISK, &disk->map, &pen, why));
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                assert_false(store_pen_write(
                        &pen, cases[i].offset, block + cases[i].misaligned, cases[i].length, why));
                assert_non_null(strstr(why, cases[i].why));
                assert_false(store_pen_read(
                        &pen, cases[i].offset, block + cases[i].misaligned, cases[i].length, why));
                assert_non_null(strstr(why, cases[i].why));
        }
        assert_int_equal(changed(disk), 0);
        assert_true(store_pen_write(&pen, 3 * STORE_BLOCK, block, 0, why));
        assert_int_equal(changed(disk), 0);
}

/* --- stores that are not where they should be --- */

static void none(struct fixture *disk)
{
        memset(disk->before, 0, DISK);
        assert_int_equal(pwrite(disk->fd, disk->before, DISK, 0), DISK);
}

static void damaged(struct fixture *disk)
{
        assert_int_equal(pwrite(disk->fd, "x", 1, 4 * STORE_BLOCK + 200), 1);
}

static void another_store(struct fixture *disk)
{
        struct store_map map = disk->map;

        map.id[15] ^= 1;
        write_heads(disk->fd, &map, map.extents);
}

static void another_host(struct fixture *disk)
{
        struct store_map map = disk->map;

        map.host[15] ^= 1;
        write_heads(disk->fd, &map, map.extents);
}

static void armed_since(struct fixture *disk)
{
        struct store_map map = disk->map;

        map.generation++;
        write_heads(disk->fd, &map, map.extents);
}

static void put_back(struct fixture *disk)
{
        struct store_map map = disk->map;

        map.generation--;
        write_heads(disk->fd, &map, map.extents);
}

static void in_another_order(struct fixture *disk)
{
        const struct store_extent at[] = { extents[2], extents[1], extents[0] };

        write_heads(disk->fd, &disk->map, at);
}

/* The file was moved by a defragmenter: its first blocks went along, and say where they were. */
static void copied(struct fixture *disk)
{
        disk->map.extents[0].start = 30 * STORE_BLOCK;
        assert_int_equal(pwrite(disk->fd, disk->before + 20 * STORE_BLOCK, 2 * STORE_BLOCK,
                                 30 * STORE_BLOCK),
                2 * STORE_BLOCK);
}

static void one_moved(struct fixture *disk)
{
        struct store_extent moved[] = { extents[0], extents[1], extents[2] };
        struct store_map map = disk->map;

        moved[1].start = 40 * STORE_BLOCK;
        map.extents = moved;
        write_heads(disk->fd, &map, map.extents);
        write_heads(disk->fd, &map, extents); /* as its blocks lie behind it, too */
}

static void of_another_disk_size(struct fixture *disk)
{
        struct store_map map = disk->map;

        map.disk.size += STORE_BLOCK;
        write_heads(disk->fd, &map, map.extents);
}

static void of_another_version(struct fixture *disk)
{
        assert_int_equal(pwrite(disk->fd, "\2", 1, 20 * STORE_BLOCK + 8), 1);
}

static void cut_off(struct fixture *disk)
{
        assert_int_equal(ftruncate(disk->fd, 60 * STORE_BLOCK + 100), 0);
}

static const struct {
        const char *name;
        void (*spoil)(struct fixture *disk);
        const char *why;
} spoilt[] = {
        { "none", none, "there is no store where extent 0 should begin" },
        { "damaged", damaged, "the first block of extent 1 is damaged" },
        { "another store", another_store, "another store is where extent 0 should begin" },
        { "another host", another_host, "extent 0 belongs to another host" },
        { "armed since", armed_since,
                "of generation 8, and the order of 7: the order is an old one" },
        { "put back", put_back, "of generation 6, and the order of 7: the store was put back" },
        { "in another order", in_another_order,
                "extent 2 of the store is where extent 0 should begin" },
        { "copied", copied, "extent 0 is not as the order has it: the store was moved, copied" },
        { "one moved", one_moved, "extent 0 is not as the order has it" },
        { "another disk size", of_another_disk_size, "extent 0 is not as the order has it" },
        { "another version", of_another_version, "extent 0 is of version 2 of the store" },
        { "cut off", cut_off, "the first block of extent 2 cannot be read: Input/output error" },
};

static void a_store_that_is_not_as_its_map_has_it_is_refused(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(spoilt) / sizeof(spoilt[0]); i++) {
                struct store_extent own[] = { extents[0], extents[1], extents[2] };
                struct store_pen pen = { .fd = -5 };
                struct fixture *disk;
                char why[WHY_SIZE] = "";
                void *one;

                make_disk(&one);
                disk = one;
                disk->map.extents = own;
                spoilt[i].spoil(disk);
                if (store_pen_open(disk->fd, DISK, &disk->map, &pen, why) ||
                        !strstr(why, spoilt[i].why))
                        fail_msg("%s: wanted \"%s\", got \"%s\"", spoilt[i].name, spoilt[i].why,
                                why);
                assert_int_equal(pen.fd, -5); /* only on success */
                drop_disk(&one);
        }
}

static void a_disk_of_another_size_is_refused(void **state)
{
        struct fixture *disk = *state;
        struct store_pen pen;
        char why[WHY_SIZE];

        assert_false(store_pen_open(disk->fd, DISK - STORE_BLOCK, &disk->map, &pen, why));
        assert_string_equal(why, "the disk has 258048 bytes, and the store's had 262144");
}

static void a_disk_that_cannot_be_written_says_so(void **state)
{
        struct fixture *disk = *state;
        char path[64], why[WHY_SIZE];
        struct store_pen pen;
        int fd;

        snprintf(path, sizeof(path), "/proc/self/fd/%d", disk->fd);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        assert_true(store_pen_open(fd, DISK, &disk->map, &pen, why));
        assert_false(store_pen_write(&pen, 4 * STORE_BLOCK, block, STORE_BLOCK, why));
        assert_string_equal(
                why, "4096 bytes at 32768 of the disk cannot be written: Bad file descriptor");
        assert_int_equal(changed(disk), 0);
        close(fd);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(all_room_is_written_and_read, make_disk, drop_disk),
                cmocka_unit_test_setup_teardown(
                        what_would_not_all_be_in_it_is_not_begun, make_disk, drop_disk),
                cmocka_unit_test(inputs_are_read_and_not_written),
                cmocka_unit_test_setup_teardown(checkpoints_may_be_written, make_disk, drop_disk),
                cmocka_unit_test(a_store_that_is_not_as_its_map_has_it_is_refused),
                cmocka_unit_test_setup_teardown(
                        a_disk_of_another_size_is_refused, make_disk, drop_disk),
                cmocka_unit_test_setup_teardown(
                        a_disk_that_cannot_be_written_says_so, make_disk, drop_disk),
        };

        return run_tap(tests);
}
