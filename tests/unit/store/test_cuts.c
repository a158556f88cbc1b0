/*
 * The power goes at every write of a run: before it, and in the middle of it. What the store holds
 * then is the whole run, or none; each file that was whole before is whole still; and no byte
 * outside of the store's room is another. The linker puts the cut in the way of every pwrite().
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/why.h"
#include "region/region.h"
#include "store/head.h"
#include "store/kept.h"
#include "store/shelf.h"
#include "tests/unit/tap.h"

#define MIB    ((size_t)1 << 20)
#define DISK   (16 * MIB)
#define REGION (16 * (size_t)STORE_BLOCK)
#define USED   (5 * (size_t)STORE_BLOCK + 100)
#define FILES  4
#define WHOLE  SIZE_MAX

static const size_t sizes[FILES] = { 70000, 5 * MIB, 100, STORE_BLOCK };
static const uint8_t earlier_run[16] = { 1 }, run[16] = { 2 };
static uint8_t region[REGION], back[REGION], data[5 * MIB];
static uint8_t before[DISK], after[DISK], now[DISK];

static struct store_extent extents[] = {
        { .start = 8 * MIB, .length = 7 * MIB },
        { .start = 40 * STORE_BLOCK, .length = 3 * STORE_BLOCK },
        { .start = 2 * MIB, .length = 5 * MIB },
};

static struct store_map map;
static struct store_pen pen;

/* --- the power --- */

static size_t writes, cut_at, cut_bytes; /* of the write that is cut; none is at SIZE_MAX */

ssize_t __real_pwrite(int fd, const void *bytes, size_t length, off_t at);
ssize_t __wrap_pwrite(int fd, const void *bytes, size_t length, off_t at);

/* Whoever writes never learns of it. */
ssize_t __wrap_pwrite(int fd, const void *bytes, size_t length, off_t at)
{
        size_t number = writes++;

        if (number == cut_at && cut_bytes > 0)
                __real_pwrite(fd, bytes, cut_bytes < length ? cut_bytes : length, at);
        return number < cut_at ? __real_pwrite(fd, bytes, length, at) : (ssize_t)length;
}

/* --- a run --- */

struct played {
        struct shelf_place place[FILES];
        uint8_t digest[FILES][SHA256_SIZE];
        size_t done[FILES]; /* so many writes had been then */
        size_t writes;
};

static void put_file(struct shelf *shelf, size_t number, struct played *played)
{
        char why[WHY_SIZE];

        assert_true(shelf_begin(shelf, "f", sizes[number], why));
        shelf_add(shelf, data, sizes[number]);
        assert_true(shelf_end(shelf, &played->place[number], played->digest[number], why));
        played->done[number] = writes;
}

/* As init and the runner do it. */
static struct played play(const uint8_t of_run[16], size_t at, size_t bytes)
{
        struct played played = { .writes = 0 };
        struct shelf *shelf;
        char why[WHY_SIZE];

        writes = 0;
        cut_at = at;
        cut_bytes = bytes;
        for (size_t i = 0; i < REGION; i++)
                region[i] = i < USED || i >= REGION - STORE_BLOCK
                                    ? (uint8_t)((i * 31 >> 3 | 1) ^ of_run[0] << 4)
                                    : 0;
        assert_true(kept_clear(&pen, why));
        shelf = shelf_open(&pen, kept_room(REGION), of_run, why);
        assert_non_null(shelf);
        for (size_t i = 0; i < FILES; i++)
                put_file(shelf, i, &played);
        assert_true(shelf_sync(shelf, why));
        assert_true(kept_write(&pen, of_run, region, REGION, USED, why));
        shelf_free(shelf);
        played.writes = writes;
        cut_at = WHOLE;
        return played;
}

/* --- what there is --- */

static bool take(void *context, const void *bytes, size_t length)
{
        sha256_update(context, bytes, length);
        return true;
}

static bool has_file(const struct played *played, size_t number, const uint8_t of_run[16])
{
        struct sha256 hash;
        uint8_t digest[SHA256_SIZE];
        char why[WHY_SIZE];

        sha256_init(&hash);
        if (!shelf_read(&pen, &played->place[number], of_run, "f", sizes[number], take, &hash, why))
                return false;
        sha256_final(&hash, digest);
        return memcmp(digest, played->digest[number], sizeof(digest)) == 0;
}

static void assert_untouched(void)
{
        assert_int_equal(pread(pen.fd, now, DISK, 0), DISK);
        for (size_t i = 0; i < map.count; i++)
                memset(now + extents[i].start + STORE_BLOCK, 0, extents[i].length - STORE_BLOCK);
        assert_memory_equal(now, after, DISK);
}

/* Whether this very run is kept, whole. */
static bool is_kept(const uint8_t of_run[16])
{
        struct kept_head head;
        char why[WHY_SIZE];

        memset(back, 0, sizeof(back));
        return kept_read_head(&pen, &head, why) && memcmp(head.run, of_run, 16) == 0 &&
               head.region_size == REGION && kept_read(&pen, &head, back, why) &&
               memcmp(back, region, REGION) == 0;
}

static void check_cut(size_t at, size_t bytes)
{
        struct played played;
        struct kept_head head;
        char why[WHY_SIZE];
        bool kept;

        assert_int_equal(__real_pwrite(pen.fd, before, DISK, 0), DISK);
        play(earlier_run, WHOLE, 0);
        played = play(run, at, bytes);
        assert_untouched();
        assert_true(store_pen_open(pen.fd, DISK, &map, &pen, why));
        kept = is_kept(run);
        if (!kept && kept_read_head(&pen, &head, why) && (at > 0 || memcmp(head.run, run, 16) == 0))
                fail_msg("write %zu: a run is kept that is not whole", at);
        for (size_t i = 0; i < FILES; i++)
                if ((kept || played.done[i] <= at) && !has_file(&played, i, run))
                        fail_msg("write %zu: file %zu is gone", at, i);
        if (at == played.writes)
                assert_true(kept);
}

static void a_cut_leaves_all_or_nothing(void **state)
{
        static const size_t parts[] = { 0, 512, 2048 };
        size_t all = play(run, WHOLE, 0).writes, cuts = 0;

        (void)state;
        for (size_t at = 0; at <= all; at++)
                for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++, cuts++)
                        check_cut(at, parts[i]);
        print_message("# %zu cuts, at each of %zu writes\n", cuts, all);
        assert_true(cuts >= 50);
}

static int make_disk(void **state)
{
        uint8_t digest[SHA256_SIZE];
        struct store_head head;
        char why[WHY_SIZE];

        (void)state;
        map = (struct store_map){ .id = { 1 },
                .generation = 7,
                .disk = { .size = DISK, .serial = "S" },
                .extents = extents,
                .count = 3 };
        cut_at = WHOLE;
        memset(before, 0x55, DISK);
        if (!store_map_check(&map, why) || !store_map_digest(&map, digest))
                return -1;
        for (size_t i = 0; i < map.count; i++) {
                store_head_make(&map, digest, i, &head);
                memcpy(before + extents[i].start, &head, sizeof(head));
        }
        memcpy(after, before, DISK);
        for (size_t i = 0; i < map.count; i++)
                memset(after + extents[i].start + STORE_BLOCK, 0, extents[i].length - STORE_BLOCK);
        for (size_t i = 0; i < sizeof(data); i++)
                data[i] = (uint8_t)(i * 31 >> 5 ^ i >> 13);
        pen.fd = memfd_create("disk", MFD_CLOEXEC);
        if (pwrite(pen.fd, before, DISK, 0) != DISK)
                return -1;
        return store_pen_open(pen.fd, DISK, &map, &pen, why) ? 0 : -1;
}

static int drop_disk(void **state)
{
        (void)state;
        close(pen.fd);
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(a_cut_leaves_all_or_nothing, make_disk, drop_disk),
        };

        return run_tap(tests);
}
