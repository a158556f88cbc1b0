/* A region that is kept in a store comes back as it was, or not at all. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/sha256.h"
#include "lib/why.h"
#include "store/kept.h"
#include "tests/unit/store/heads.h"
#include "tests/unit/tap.h"

#define BLOCKS 64u
#define DISK   ((size_t)BLOCKS * STORE_BLOCK)
#define REGION ((size_t)32 * STORE_BLOCK)
#define USED   (5 * STORE_BLOCK + 100)

static const uint8_t run[16] = { 9, 8, 7 };
static uint8_t region[REGION], back[REGION];

static struct store_extent extents[] = {
        { .start = 20 * STORE_BLOCK, .length = 2 * STORE_BLOCK },
        { .start = 4 * STORE_BLOCK, .length = 8 * STORE_BLOCK },
        { .start = 60 * STORE_BLOCK, .length = 4 * STORE_BLOCK },
};

struct fixture {
        struct store_map map;
        struct store_pen pen;
        int fd;
};

static int make_disk(void **state)
{
        static struct fixture disk;
        char why[WHY_SIZE];

        disk = (struct fixture){ .fd = memfd_create("disk", MFD_CLOEXEC),
                .map = { .id = { 1 },
                        .generation = 7,
                        .disk = { .size = DISK, .serial = "S" },
                        .extents = extents,
                        .count = 3 } };
        assert_int_equal(ftruncate(disk.fd, DISK), 0);
        assert_true(store_map_check(&disk.map, why));
        heads_write(disk.fd, &disk.map);
        assert_true(store_pen_open(disk.fd, DISK, &disk.map, &disk.pen, why));
        for (size_t i = 0; i < REGION; i++)
                region[i] = i < USED || i >= REGION - STORE_BLOCK ? (uint8_t)(i * 31 >> 3 | 1) : 0;
        memset(back, 0, REGION);
        *state = &disk;
        return 0;
}

static int drop_disk(void **state)
{
        close(((struct fixture *)*state)->fd);
        return 0;
}

static void it_comes_back_as_it_was(void **state)
{
        struct fixture *disk = *state;
        struct kept_head head;
        char why[WHY_SIZE];

        assert_false(kept_read_head(&disk->pen, &head, why));
        assert_string_equal(why, "no run is kept in it");
        assert_true(kept_write(&disk->pen, run, region, REGION, USED, why));
        assert_true(kept_read_head(&disk->pen, &head, why));
        assert_memory_equal(head.run, run, sizeof(run));
        assert_int_equal(head.region_size, REGION);
        assert_int_equal(head.used, 6 * STORE_BLOCK);
        assert_true(kept_read(&disk->pen, &head, back, why));
        assert_memory_equal(back, region, REGION);
        assert_true(kept_clear(&disk->pen, why));
        assert_false(kept_read_head(&disk->pen, &head, why));
        assert_string_equal(why, "no run is kept in it");
}

static void what_does_not_fit_is_not_kept(void **state)
{
        struct fixture *disk = *state;
        struct kept_head head;
        char why[WHY_SIZE];

        /* 11 blocks of room: 9 of the region, its last page, and the head */
        assert_true(kept_write(&disk->pen, run, region, REGION, 9 * STORE_BLOCK, why));
        assert_true(kept_clear(&disk->pen, why));
        assert_false(kept_write(&disk->pen, run, region, REGION, 9 * STORE_BLOCK + 1, why));
        assert_string_equal(why, "the results take 40960 bytes, and the store has room for 36864");
        assert_false(kept_write(&disk->pen, run, region, REGION - 1, USED, why));
        assert_false(kept_write(&disk->pen, run, region, REGION, REGION + 1, why));
        assert_false(kept_read_head(&disk->pen, &head, why));
}

/* Changes a byte of the head and, when asked to, makes its own sum right again. */
static void change(struct fixture *disk, size_t offset, uint8_t value, bool summed)
{
        static struct kept_head head __attribute__((aligned(STORE_BLOCK)));
        char why[WHY_SIZE];

        assert_true(kept_read_head(&disk->pen, &head, why));
        ((uint8_t *)&head)[offset] = value;
        if (summed)
                sha256(&head, offsetof(struct kept_head, sha256), head.sha256);
        assert_true(store_pen_write(&disk->pen, 0, &head, sizeof(head), why));
}

static const struct {
        size_t offset;
        uint8_t value;
        bool summed;
        const char *why;
} lies[] = {
        { offsetof(struct kept_head, magic), 'X', true, "no run is kept in it" },
        { offsetof(struct kept_head, run), 1, false, "which run is kept in it is damaged" },
        { offsetof(struct kept_head, sha256), 1, false, "which run is kept in it is damaged" },
        { offsetof(struct kept_head, version), 2, true, "a run of version 2 is kept in it" },
        { offsetof(struct kept_head, generation), 6, true, "is of another order" },
        { offsetof(struct kept_head, region_size), 1, true, "cannot be" },
        { offsetof(struct kept_head, region_size) + 5, 1, true, "cannot be" },
        { offsetof(struct kept_head, used), 1, true, "cannot be" },
        { offsetof(struct kept_head, used) + 3, 1, true, "cannot be" },
};

static void a_head_that_lies_is_none(void **state)
{
        for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
                struct fixture *disk;
                struct kept_head head;
                char why[WHY_SIZE];

                drop_disk(state);
                make_disk(state);
                disk = *state;
                assert_true(kept_write(&disk->pen, run, region, REGION, USED, why));
                change(disk, lies[i].offset, lies[i].value, lies[i].summed);
                if (kept_read_head(&disk->pen, &head, why) || !strstr(why, lies[i].why))
                        fail_msg("%zu: \"%s\"", i, why);
        }
}

/* One that says more than there is must not be read behind the store's end. */
static void more_than_the_store_has_is_not_read(void **state)
{
        struct fixture *disk = *state;
        struct kept_head head;
        char why[WHY_SIZE];

        assert_true(kept_write(&disk->pen, run, region, REGION, USED, why));
        change(disk, offsetof(struct kept_head, used) + 1, 0xf0, true); /* 15 blocks */
        assert_true(kept_read_head(&disk->pen, &head, why));
        assert_false(kept_read(&disk->pen, &head, back, why));
        assert_non_null(strstr(why, "are not all in the store"));
}

/* The power may go at any write: the head is the last of all, behind what it is of. */
static void what_is_cut_off_is_none(void **state)
{
        struct fixture *disk = *state;
        struct kept_head head;
        char why[WHY_SIZE];
        int fd = disk->fd, null = open("/dev/full", O_RDWR | O_CLOEXEC);

        assert_true(kept_write(&disk->pen, run, region, REGION, USED, why));
        assert_true(kept_clear(&disk->pen, why));
        disk->pen.fd = null;
        assert_false(kept_write(&disk->pen, run, region, REGION, USED, why));
        assert_non_null(strstr(why, "No space left on device"));
        disk->pen.fd = fd;
        assert_false(kept_read_head(&disk->pen, &head, why));
        close(null);
}

#define with_disk(test) cmocka_unit_test_setup_teardown(test, make_disk, drop_disk)

int main(void)
{
        const struct CMUnitTest tests[] = {
                with_disk(it_comes_back_as_it_was),
                with_disk(what_does_not_fit_is_not_kept),
                with_disk(a_head_that_lies_is_none),
                with_disk(more_than_the_store_has_is_not_read),
                with_disk(what_is_cut_off_is_none),
        };

        return run_tap(tests);
}
