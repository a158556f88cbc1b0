/* What a job left comes back to the next run of its order: the file that was left last, or the one
 * before, wherever the power went, and no other. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/why.h"
#include "store/checkpoint.h"
#include "tests/unit/store/heads.h"
#include "tests/unit/tap.h"

#define BLOCKS 256u
#define DISK   ((size_t)BLOCKS * STORE_BLOCK)
#define BYTES  ((size_t)6 * STORE_BLOCK)
#define PLACES 20u /* where in the room they begin, in blocks */

static const uint8_t run[16] = { 9, 8, 7 }, later[16] = { 1, 2, 3 };

static struct store_extent extents[] = {
        { .start = 20 * STORE_BLOCK, .length = 30 * STORE_BLOCK },
        { .start = 100 * STORE_BLOCK, .length = 60 * STORE_BLOCK },
};
static struct store_checkpoint checkpoints[] = {
        { .offset = PLACES * STORE_BLOCK,
                .bytes = BYTES,
                .devices = 2,
                .order = { 5 },
                .job = (char *)"long" },
        { .offset = (PLACES + 4 * 7) * STORE_BLOCK,
                .bytes = BYTES,
                .devices = 1,
                .order = { 5 },
                .job = (char *)"longer" },
};

struct fixture {
        struct store_map map;
        struct store_pen pen;
        int fd;
};

/* --- the power --- */

static uint64_t writes, cut_at; /* the write that does not come; 0: all do */
static bool off;

ssize_t __real_pwrite(int fd, const void *data, size_t length, off_t offset);
ssize_t __wrap_pwrite(int fd, const void *data, size_t length, off_t offset);
ssize_t __wrap_pwrite(int fd, const void *data, size_t length, off_t offset)
{
        if (!off && ++writes == cut_at) {
                /* half of it has come */
                (void)!__real_pwrite(fd, data, length / 2, offset);
                off = true;
        }
        return off ? (ssize_t)length : __real_pwrite(fd, data, length, offset);
}

/* --- the disk --- */

static int make_disk(void **state)
{
        static struct fixture disk;
        char why[WHY_SIZE];

        writes = cut_at = 0;
        off = false;
        checkpoints[0].order[0] = 5;
        disk = (struct fixture){ .fd = memfd_create("disk", MFD_CLOEXEC),
                .map = { .id = { 1 },
                        .generation = 7,
                        .disk = { .size = DISK, .serial = "S" },
                        .extents = extents,
                        .count = 2,
                        .checkpoints = checkpoints,
                        .checkpoint_count = 2 } };
        assert_int_equal(ftruncate(disk.fd, DISK), 0);
        if (!store_map_check(&disk.map, why))
                fail_msg("%s", why);
        assert_int_equal(disk.map.results, PLACES * STORE_BLOCK);
        assert_int_equal(disk.map.writable, disk.map.room);
        heads_write(disk.fd, &disk.map);
        assert_true(store_pen_open(disk.fd, DISK, &disk.map, &disk.pen, why));
        *state = &disk;
        return 0;
}

static int drop_disk(void **state)
{
        close(((struct fixture *)*state)->fd);
        return 0;
}

/* --- files --- */

struct stream {
        uint8_t seed;
        size_t done;
        size_t refuse; /* at so many bytes; 0: never */
        bool wrong;
};

static uint8_t byte_of(uint8_t seed, size_t n)
{
        return (uint8_t)(n * 31 + seed + (n >> 8));
}

static bool give(void *context, void *data, size_t length)
{
        struct stream *stream = context;

        for (size_t i = 0; i < length; i++)
                ((uint8_t *)data)[i] = byte_of(stream->seed, stream->done++);
        return !stream->refuse || stream->done < stream->refuse;
}

static bool take(void *context, const void *data, size_t length)
{
        struct stream *stream = context;

        for (size_t i = 0; i < length; i++)
                stream->wrong |=
                        ((const uint8_t *)data)[i] != byte_of(stream->seed, stream->done++);
        return !stream->refuse || stream->done < stream->refuse;
}

static struct checkpoint_place place_of(
        const struct fixture *disk, const char *job, unsigned device)
{
        struct checkpoint_place place;
        char why[WHY_SIZE];

        assert_true(checkpoint_find(&disk->pen, job, device, &place, why));
        return place;
}

static bool leave(const struct checkpoint_place *place, uint8_t seed, size_t length)
{
        uint8_t digest[SHA256_SIZE];
        char why[WHY_SIZE];

        return checkpoint_leave(
                place, run, length, give, &(struct stream){ .seed = seed }, digest, why);
}

/* Which one of the seeds there is, of such a length; 0: none. */
static uint8_t seed_of(const struct checkpoint_place *place, size_t length)
{
        struct checkpoint_head head;
        char why[WHY_SIZE];

        if (!checkpoint_last(place, &head, why) || head.kind == CHECKPOINT_NONE)
                return 0;
        assert_int_equal(head.length, length);
        for (uint8_t seed = 1; seed < 10; seed++) {
                struct stream stream = { .seed = seed };

                if (checkpoint_read(place, &head, take, &stream, why) && !stream.wrong)
                        return seed;
        }
        fail_msg("%s", why);
        return 0;
}

/* --- tests --- */

static void the_last_one_comes_back(void **state)
{
        static const size_t lengths[] = { 0, 1, 4095, 4096, 4097, BYTES - 1, BYTES };
        struct checkpoint_place place = place_of(*state, "long", 1);
        struct checkpoint_head head;
        char why[WHY_SIZE];

        assert_false(checkpoint_last(&place, &head, why));
        assert_string_equal(why, "no run of this order has left one");
        for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
                struct stream stream = { .seed = (uint8_t)(1 + i % 3) };
                uint8_t digest[SHA256_SIZE];

                assert_true(checkpoint_leave(&place, i % 2 ? run : later, lengths[i], give,
                        &(struct stream){ .seed = stream.seed }, digest, why));
                assert_true(checkpoint_last(&place, &head, why));
                assert_int_equal(head.kind, CHECKPOINT_FILE);
                assert_int_equal(head.length, lengths[i]);
                assert_memory_equal(head.run, i % 2 ? run : later, sizeof(run));
                assert_memory_equal(head.sha256, digest, sizeof(digest));
                assert_true(checkpoint_read(&place, &head, take, &stream, why));
                assert_int_equal(stream.done, lengths[i]);
                assert_false(stream.wrong);
        }
        assert_true(checkpoint_drop(&place, run, why));
        assert_true(checkpoint_last(&place, &head, why));
        assert_int_equal(head.kind, CHECKPOINT_NONE);
        assert_int_equal(seed_of(&place, 0), 0);
}

static void each_has_its_own(void **state)
{
        struct checkpoint_place places[] = { place_of(*state, "long", 0),
                place_of(*state, "long", 1), place_of(*state, "longer", 0) };
        struct checkpoint_place none;
        char why[WHY_SIZE];

        for (uint8_t round = 0; round < 3; round++) {
                for (uint8_t i = 0; i < 3; i++)
                        assert_true(leave(&places[i], (uint8_t)(1 + i + 3 * round), BYTES));
                for (uint8_t i = 0; i < 3; i++)
                        assert_int_equal(seed_of(&places[i], BYTES), 1 + i + 3 * round);
        }
        assert_false(checkpoint_find(places[0].pen, "longer", 1, &none, why));
        assert_string_equal(
                why, "the store was armed for checkpoints of 1 devices, and this is number 1");
        assert_false(checkpoint_find(places[0].pen, "lon", 0, &none, why));
        assert_string_equal(why, "the store was armed without a place for the checkpoint of lon");
}

static void what_is_too_large_is_not_left(void **state)
{
        struct checkpoint_place place = place_of(*state, "long", 0);
        struct stream stream = { .seed = 4, .refuse = 5000 };
        uint8_t digest[SHA256_SIZE];
        char why[WHY_SIZE];

        assert_true(leave(&place, 3, 100));
        assert_false(checkpoint_leave(&place, run, BYTES + 1, give, &stream, digest, why));
        assert_string_equal(
                why, "it has 24577 bytes, and the store has room for 24576: [Limits] Checkpoint=");
        assert_false(checkpoint_leave(&place, run, BYTES, give, &stream, digest, why));
        assert_string_equal(why, "");
        assert_int_equal(seed_of(&place, 100), 3);
}

/* Every bit of a head, and of a file, counts. */
static void nothing_is_believed(void **state)
{
        struct fixture *disk = *state;
        struct checkpoint_place place = place_of(disk, "long", 0);
        off_t at = (off_t)extents[0].start + STORE_BLOCK + (off_t)(PLACES * STORE_BLOCK);
        struct checkpoint_head head;
        char why[WHY_SIZE];

        /* the whole place is in one extent but for its end */
        assert_true(leave(&place, 1, 5000));
        for (off_t byte = 0; byte < STORE_BLOCK + 5000; byte += byte < 200 ? 1 : 97) {
                struct stream stream = { .seed = 1 };
                uint8_t was, turned;

                assert_int_equal(pread(disk->fd, &was, 1, at + byte), 1);
                turned = was ^ 0x10;
                assert_int_equal(pwrite(disk->fd, &turned, 1, at + byte), 1);
                assert_false(checkpoint_last(&place, &head, why) &&
                             checkpoint_read(&place, &head, take, &stream, why));
                assert_int_equal(pwrite(disk->fd, &was, 1, at + byte), 1);
        }
        assert_int_equal(seed_of(&place, 5000), 1);
}

static void another_order_begins_anew(void **state)
{
        struct checkpoint_place place = place_of(*state, "long", 0);
        struct checkpoint_head head;
        char why[WHY_SIZE];

        assert_true(leave(&place, 1, 300));
        checkpoints[0].order[0] = 6;
        assert_false(checkpoint_last(&place, &head, why));
        assert_true(leave(&place, 2, 300));
        assert_int_equal(seed_of(&place, 300), 2);
}

/* Whichever write is the last one, and half of it: the file before, or this one. */
static void power_may_go_at_every_write(void **state)
{
        struct checkpoint_place place = place_of(*state, "long", 1);
        uint64_t all;

        assert_true(leave(&place, 1, BYTES));
        writes = 0;
        assert_true(leave(&place, 2, BYTES));
        all = writes;
        assert_true(all >= 2);
        for (uint64_t cut = 1; cut <= all; cut++) {
                uint8_t before = seed_of(&place, BYTES), next = before == 3 ? 4 : 3;

                writes = 0;
                cut_at = cut;
                leave(&place, next, BYTES);
                off = false;
                cut_at = 0;
                assert_int_equal(seed_of(&place, BYTES), before);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, make_disk, drop_disk)
                ON_DISK(the_last_one_comes_back),
                ON_DISK(each_has_its_own),
                ON_DISK(what_is_too_large_is_not_left),
                ON_DISK(nothing_is_believed),
                ON_DISK(another_order_begins_anew),
                ON_DISK(power_may_go_at_every_write),
        };

        return run_tap(tests);
}
