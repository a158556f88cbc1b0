/* Files on a shelf: a region in a store, whose records come back as they were, or not at all. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/why.h"
#include "region/region.h"
#include "store/feeder.h"
#include "store/shelf.h"
#include "tests/unit/store/heads.h"
#include "tests/unit/tap.h"

#define MIB  ((size_t)1 << 20)
#define DISK (16 * MIB)
#define FROM (3 * (uint64_t)STORE_BLOCK)
#define MOST (9 * MIB) /* bytes of a file here */

static const uint8_t run[16] = { 9, 8, 7 }, other_run[16] = { 1 };
static uint8_t data[MOST];

/* Two of 5 and 7 MiB, and one between that a record of any size has to pass. */
static struct store_extent extents[] = {
        { .start = 8 * MIB, .length = 7 * MIB },
        { .start = 40 * STORE_BLOCK, .length = 3 * STORE_BLOCK },
        { .start = 2 * MIB, .length = 5 * MIB },
};

struct fixture {
        struct store_map map;
        struct store_pen pen;
        struct shelf *shelf;
        int fd;
        uint8_t *before; /* the disk as it was */
};

static void open_shelf(struct fixture *disk)
{
        char why[WHY_SIZE];

        disk->shelf = shelf_open(&disk->pen, FROM, run, why);
        if (!disk->shelf)
                fail_msg("%s", why);
}

static int make_disk(void **state)
{
        static struct fixture disk;
        static uint8_t before[DISK];
        char why[WHY_SIZE];

        disk = (struct fixture){ .fd = memfd_create("disk", MFD_CLOEXEC),
                .before = before,
                .map = { .id = { 1 },
                        .generation = 7,
                        .disk = { .size = DISK, .serial = "S" },
                        .extents = extents,
                        .count = 3 } };
        memset(before, 0x55, DISK); /* what was there before is no record, and no end of them */
        assert_int_equal(pwrite(disk.fd, before, DISK, 0), DISK);
        assert_true(store_map_check(&disk.map, why));
        heads_write(disk.fd, &disk.map);
        assert_int_equal(pread(disk.fd, before, DISK, 0), DISK);
        assert_true(store_pen_open(disk.fd, DISK, &disk.map, &disk.pen, why));
        for (size_t i = 0; i < MOST; i++)
                data[i] = (uint8_t)(i * 31 >> 5 ^ i >> 13);
        open_shelf(&disk);
        *state = &disk;
        return 0;
}

static int drop_disk(void **state)
{
        struct fixture *disk = *state;

        shelf_free(disk->shelf);
        close(disk->fd);
        return 0;
}

/* In pieces of that size. */
static bool put_in(struct fixture *disk, const char *path, size_t length, size_t step,
        struct shelf_place *ret_place, uint8_t ret_sha256[SHA256_SIZE], char *why)
{
        if (!shelf_begin(disk->shelf, path, length, why))
                return false;
        for (size_t done = 0; done < length; done += step)
                shelf_add(disk->shelf, data + done, length - done < step ? length - done : step);
        return shelf_end(disk->shelf, ret_place, ret_sha256, why);
}

struct taken {
        size_t length;
        struct sha256 hash;
        size_t most; /* it refuses what is behind */
};

static bool take(void *context, const void *bytes, size_t length)
{
        struct taken *taken = context;

        taken->length += length;
        sha256_update(&taken->hash, bytes, length);
        return taken->length <= taken->most;
}

static bool get_back(struct fixture *disk, const char *path, size_t length,
        const struct shelf_place *place, const uint8_t *of_run, const uint8_t sha256[SHA256_SIZE],
        char *why)
{
        struct taken taken = { .most = MOST };
        uint8_t digest[SHA256_SIZE];

        sha256_init(&taken.hash);
        if (!shelf_read(&disk->pen, place, of_run, path, length, take, &taken, why))
                return false;
        sha256_final(&taken.hash, digest);
        assert_int_equal(taken.length, length);
        assert_memory_equal(digest, sha256, sizeof(digest));
        return true;
}

/* Sizes around blocks, pieces and extents, each behind the others. */
static void files_come_back(void **state)
{
        static const size_t sizes[] = { 1, 63, 64, STORE_BLOCK - REGION_RECORD_SIZE - 1,
                STORE_BLOCK - REGION_RECORD_SIZE - 2, STORE_BLOCK - REGION_RECORD_SIZE - 65,
                STORE_BLOCK - REGION_RECORD_SIZE - 66, STORE_BLOCK, FEEDER_PIECE,
                FEEDER_PIECE + STORE_BLOCK - REGION_RECORD_SIZE - 1, 3 * FEEDER_PIECE + 5, 70000 };
        struct shelf_place place[sizeof(sizes) / sizeof(sizes[0])];
        uint8_t digest[sizeof(sizes) / sizeof(sizes[0])][SHA256_SIZE], wanted[SHA256_SIZE];
        struct fixture *disk = *state;
        char why[WHY_SIZE];

        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
                if (!put_in(disk, "f", sizes[i], i % 2 ? 10007 : MOST, &place[i], digest[i], why))
                        fail_msg("%zu: %s", i, why);
                sha256(data, sizes[i], wanted);
                assert_memory_equal(digest[i], wanted, sizeof(wanted));
        }
        assert_true(shelf_sync(disk->shelf, why));
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
                if (!get_back(disk, "f", sizes[i], &place[i], run, digest[i], why))
                        fail_msg("%zu: %s", i, why);
}

static uint8_t *read_region(struct fixture *disk, uint64_t size)
{
        uint8_t *region = aligned_alloc(STORE_BLOCK, size);
        char why[WHY_SIZE];

        assert_non_null(region);
        assert_true(store_pen_read(&disk->pen, FROM, region, size, why));
        return region;
}

/* The reader of any region reads this one: each file, with a filler behind it where it ends no
 * block. */
static void it_is_a_region(void **state)
{
        struct fixture *disk = *state;
        struct region_cursor cursor;
        struct region_record record;
        struct region_info info;
        struct shelf_place place;
        uint8_t digest[SHA256_SIZE], *region;
        size_t files = 0, fillers = 0;
        char why[WHY_SIZE];

        assert_true(put_in(disk, "one", MIB, MIB, &place, digest, why));
        assert_true(put_in(
                disk, "two", STORE_BLOCK - REGION_RECORD_SIZE - 3, MIB, &place, digest, why));
        assert_true(put_in(disk, "three", 100, MIB, &place, digest, why));
        region = read_region(disk, place.size);
        assert_int_equal(region_inspect(region, place.size, &info), REGION_OK);
        assert_int_equal(info.state, REGION_RUNNING);
        assert_false(info.first_damaged || info.last_damaged);
        assert_memory_equal(info.run_id, run, sizeof(run));
        region_rewind(region, &info, &cursor);
        cursor.checked = 0;
        while (region_next(&cursor, &record) == REGION_OK) {
                files += record.type == REGION_FILE;
                fillers += record.type == REGION_FILLER;
                if (record.type == REGION_FILE)
                        assert_int_equal(record.offset % STORE_BLOCK, 0);
        }
        assert_int_equal(region_next(&cursor, &record), REGION_END);
        assert_int_equal(files, 3);
        assert_int_equal(fillers, 2);
        free(region);
}

/* Byte for byte, but in the room from FROM on. */
static void nothing_else_is_written(void **state)
{
        struct fixture *disk = *state;
        static uint8_t now[DISK];
        struct shelf_place place;
        uint8_t digest[SHA256_SIZE];
        char why[WHY_SIZE];

        assert_true(put_in(disk, "one", MOST, MIB, &place, digest, why));
        assert_int_equal(pread(disk->fd, now, DISK, 0), DISK);
        assert_true(memcmp(now, disk->before, DISK) != 0);
        for (size_t i = 0; i < disk->map.count; i++) {
                const struct store_extent *extent = &disk->map.extents[i];
                uint64_t begin = extent->room < FROM ? FROM - extent->room : 0;
                size_t at = extent->start + STORE_BLOCK + begin;
                size_t length = extent->length - STORE_BLOCK - begin;

                memcpy(now + at, disk->before + at, length);
        }
        assert_memory_equal(now, disk->before, DISK);
}

static void nothing_is_written_before_the_first(void **state)
{
        struct fixture *disk = *state;
        static uint8_t now[DISK];

        assert_true(shelf_room(disk->shelf) > MOST);
        assert_int_equal(pread(disk->fd, now, DISK, 0), DISK);
        assert_memory_equal(now, disk->before, DISK);
}

/* What does not fit leaves the rest as it is, and a smaller one may fit still. */
static void a_full_shelf_takes_no_more(void **state)
{
        struct fixture *disk = *state;
        struct shelf_place place, last;
        uint8_t digest[SHA256_SIZE], of_last[SHA256_SIZE];
        uint64_t room;
        char why[WHY_SIZE];

        assert_true(put_in(disk, "one", MOST, MIB, &place, digest, why));
        room = shelf_room(disk->shelf);
        assert_false(shelf_begin(disk->shelf, "two", room - REGION_RECORD_SIZE - 2, why));
        assert_string_equal(why, region_strerror(REGION_FULL));
        assert_true(put_in(disk, "two", room - REGION_RECORD_SIZE - 3, MIB, &last, of_last, why));
        assert_int_equal(shelf_room(disk->shelf), 0);
        assert_false(shelf_begin(disk->shelf, "three", 1, why));
        assert_true(get_back(disk, "one", MOST, &place, run, digest, why));
        assert_true(get_back(disk, "two", room - REGION_RECORD_SIZE - 3, &last, run, of_last, why));
        assert_null(shelf_open(&disk->pen, disk->map.room - STORE_BLOCK, run, why));
}

static void one_that_is_dropped_was_never_there(void **state)
{
        struct fixture *disk = *state;
        struct shelf_place first, place;
        uint8_t of_first[SHA256_SIZE], digest[SHA256_SIZE];
        char why[WHY_SIZE];

        assert_true(put_in(disk, "one", 5000, MIB, &first, of_first, why));
        assert_true(shelf_begin(disk->shelf, "two", 5 * MIB, why));
        shelf_add(disk->shelf, data, 4 * MIB);
        shelf_drop(disk->shelf);
        place = first;
        place.offset += 2 * STORE_BLOCK;
        place.number += 2;
        assert_false(get_back(disk, "two", 5 * MIB, &place, run, of_first, why));
        assert_string_equal(why, "there is no file where it should be");
        assert_true(put_in(disk, "three", 70000, MIB, &place, digest, why));
        assert_int_equal(place.offset, first.offset + 2 * STORE_BLOCK);
        assert_true(get_back(disk, "one", 5000, &first, run, of_first, why));
        assert_true(get_back(disk, "three", 70000, &place, run, digest, why));
}

static const struct {
        const char *path;
        size_t length;
        struct shelf_place moved; /* by so much */
        const uint8_t *run;
        const char *why;
} refusals[] = {
        { "f", 100000, { 0, 0, 0, 0 }, other_run, "the files in the store are another run's" },
        { "g", 100000, { 0, 0, 0, 0 }, run, "another file is where it should be" },
        { "ff", 100000, { 0, 0, 0, 0 }, run, "another file is where it should be" },
        { "f", 99999, { 0, 0, 0, 0 }, run, "it has 100000 bytes there, and should have 99999" },
        { "f", 100000, { 0, 0, STORE_BLOCK, 0 }, run, "there is no file where it should be" },
        { "f", 100000, { 0, 0, 0, 1 }, run, "there is no file where it should be" },
        { "f", 100000, { 0, 0, 64, 0 }, run, "it is said to be where nothing can be" },
        { "f", 100000, { 1, 0, 0, 0 }, run, "it is said to be where nothing can be" },
        { "f", 100000, { 0, STORE_BLOCK, 0, 0 }, run, "it is said to be where nothing can be" },
        { "f", 100000, { STORE_BLOCK, -2ull * STORE_BLOCK, 0, 0 }, run,
                "there are no files in the store" },
        { "f", 100000, { 0, 0, -1ull * STORE_BLOCK, 0 }, run,
                "it is said to be where nothing can be" },
        { "f", 100000, { -4ull * STORE_BLOCK, 0, 0, 0 }, run,
                "it is said to be where nothing can be" },
};

static void what_is_not_the_file_is_refused(void **state)
{
        struct fixture *disk = *state;
        struct shelf_place right;
        uint8_t digest[SHA256_SIZE];
        char why[WHY_SIZE];

        assert_true(put_in(disk, "f", 100000, MIB, &right, digest, why));
        for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
                struct shelf_place place = { right.from + refusals[i].moved.from,
                        right.size + refusals[i].moved.size,
                        right.offset + refusals[i].moved.offset,
                        right.number + refusals[i].moved.number };

                if (get_back(disk, refusals[i].path, refusals[i].length, &place, refusals[i].run,
                            digest, why))
                        fail_msg("%zu is taken", i);
                if (strcmp(why, refusals[i].why) != 0)
                        fail_msg("%zu: %s", i, why);
        }
}

/* One byte of the file on the disk; and what takes it says that it has enough. */
static void a_file_that_was_altered_is_refused(void **state)
{
        struct fixture *disk = *state;
        struct taken taken = { .most = 10 };
        struct shelf_place place;
        uint8_t digest[SHA256_SIZE];
        char why[WHY_SIZE];
        off_t at;

        assert_true(put_in(disk, "f", 100000, MIB, &place, digest, why));
        sha256_init(&taken.hash);
        assert_false(shelf_read(&disk->pen, &place, run, "f", 100000, take, &taken, why));
        assert_string_equal(why, "");
        at = (off_t)(extents[0].start + STORE_BLOCK + FROM + place.offset + 50000);
        assert_int_equal(pwrite(disk->fd, "\xff", 1, at), 1);
        taken = (struct taken){ .most = MOST };
        sha256_init(&taken.hash);
        assert_false(shelf_read(&disk->pen, &place, run, "f", 100000, take, &taken, why));
        assert_string_equal(why, "its checksum in the store is wrong");
}

/* A disk that says no: the file is none, those before it stay, and the next one may come again. */
static void a_disk_that_says_no_loses_one_file(void **state)
{
        struct fixture *disk = *state;
        struct shelf_place first, place;
        uint8_t of_first[SHA256_SIZE], digest[SHA256_SIZE];
        int read_only, fd = disk->fd;
        char path[64], why[WHY_SIZE];

        assert_true(put_in(disk, "one", 100000, MIB, &first, of_first, why));
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        read_only = open(path, O_RDONLY | O_CLOEXEC);
        disk->pen.fd = read_only;
        assert_false(put_in(disk, "two", 5 * MIB, MIB, &place, digest, why));
        assert_non_null(strstr(why, "cannot be written: Bad file descriptor"));
        assert_false(put_in(disk, "two", 10, MIB, &place, digest, why));
        disk->pen.fd = fd;
        close(read_only);
        assert_true(get_back(disk, "one", 100000, &first, run, of_first, why));
        assert_true(put_in(disk, "two", 5 * MIB, MIB, &place, digest, why));
        assert_true(get_back(disk, "two", 5 * MIB, &place, run, digest, why));
}

/* In the middle of a file of several pieces: what came before was taken, and it is none. */
static void a_disk_that_cannot_be_read_says_so(void **state)
{
        static const size_t at[] = { 100, 2 * MIB + 5000, 5 * MIB - 1 };
        struct fixture *disk = *state;
        struct shelf_place place;
        uint8_t digest[SHA256_SIZE];
        char why[WHY_SIZE];

        assert_true(put_in(disk, "one", 5 * MIB, MIB, &place, digest, why));
        for (size_t i = sizeof(at) / sizeof(at[0]); i-- > 0;) {
                struct taken taken = { .most = MOST };
                off_t end = (off_t)(extents[0].start + STORE_BLOCK + FROM + place.offset + at[i]);

                sha256_init(&taken.hash);
                assert_int_equal(ftruncate(disk->fd, end), 0);
                assert_false(
                        shelf_read(&disk->pen, &place, run, "one", 5 * MIB, take, &taken, why));
                assert_non_null(strstr(why, "cannot be read: Input/output error"));
                assert_true(taken.length <= at[i]);
        }
}

#define on_a_disk(test) cmocka_unit_test_setup_teardown(test, make_disk, drop_disk)

int main(void)
{
        const struct CMUnitTest tests[] = {
                on_a_disk(files_come_back),
                on_a_disk(it_is_a_region),
                on_a_disk(nothing_else_is_written),
                on_a_disk(nothing_is_written_before_the_first),
                on_a_disk(a_full_shelf_takes_no_more),
                on_a_disk(one_that_is_dropped_was_never_there),
                on_a_disk(what_is_not_the_file_is_refused),
                on_a_disk(a_file_that_was_altered_is_refused),
                on_a_disk(a_disk_that_says_no_loses_one_file),
                on_a_disk(a_disk_that_cannot_be_read_says_so),
        };

        return run_tap(tests);
}
