/* What device-mapper is asked for, and what its answers are taken for; Linux is a stand-in. */
#include <errno.h>
#include <inttypes.h>
#include <linux/dm-ioctl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#include "lib/why.h"
#include "store/mapper.h"
#include "tests/unit/tap.h"

#define ROOT "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

/* Rooms of 4096, 12288 and 8192 bytes. */
static const char text[] = "store=1\nid=12345678-9abc-4def-8001-020304050607\n"
                           "host=000102030405060708090a0b0c0d0e0f\ngeneration=7\n"
                           "disk-size=1048576\ndisk-serial=S\n"
                           "extent=65536 8192\nextent=8192 16384\nextent=131072 12288\n"
                           "input=8192 8192 " ROOT " data\n";

static char said[2048];        /* what was asked for, a line each */
static unsigned long fails_at; /* the request that fails; 0: none */
static const char *status;     /* of the table */
static unsigned next_minor;

static void say(const char *format, ...)
{
        size_t length = strlen(said);
        va_list list;

        va_start(list, format);
        vsnprintf(said + length, sizeof(said) - length, format, list);
        va_end(list);
}

static void say_targets(const struct dm_ioctl *head)
{
        const char *at = (const char *)head + head->data_start;

        for (uint32_t i = 0; i < head->target_count; i++) {
                const struct dm_target_spec *target = (const void *)at;

                say("  %" PRIu64 " %" PRIu64 " %s %s\n", (uint64_t)target->sector_start,
                        (uint64_t)target->length, target->target_type, (const char *)(target + 1));
                at += target->next;
        }
}

int __wrap_ioctl(int fd, unsigned long request, struct dm_ioctl *head);
int __wrap_ioctl(int fd, unsigned long request, struct dm_ioctl *head)
{
        assert_int_equal(fd, 5);
        assert_int_equal(head->version[0], DM_VERSION_MAJOR);
        assert_true(head->flags & DM_READONLY_FLAG);
        if (request == fails_at) {
                errno = EINVAL;
                return -1;
        }
        say("%s %s\n",
                request == DM_DEV_CREATE    ? "create"
                : request == DM_TABLE_LOAD  ? "load"
                : request == DM_DEV_SUSPEND ? "resume"
                                            : "status",
                head->name);
        if (request == DM_TABLE_LOAD)
                say_targets(head);
        if (request == DM_DEV_SUSPEND)
                head->dev = makedev(253, next_minor++);
        if (request == DM_TABLE_STATUS) {
                struct dm_target_spec *target = (void *)((char *)head + sizeof(*head));

                head->data_start = sizeof(*head);
                head->target_count = status ? 1 : 0;
                strcpy((char *)(target + 1), status ? status : "");
        }
        return 0;
}

static int begin(void **state)
{
        static struct store_map map;
        char why[WHY_SIZE];

        assert_true(store_map_parse("m", text, sizeof(text) - 1, &map, why));
        said[0] = '\0';
        fails_at = 0;
        next_minor = 300;
        *state = &map;
        return 0;
}

static int end(void **state)
{
        store_map_free(*state);
        return 0;
}

/* Offset 8192 is in the second extent, 8192 bytes before its end. */
static void pieces_of_several_extents_become_one_device(void **state)
{
        char why[WHY_SIZE];
        dev_t device;

        assert_true(mapper_make(5, makedev(259, 0), *state, 0, &device, why));
        assert_string_equal(said, "create forestage-pieces-0\nload forestage-pieces-0\n"
                                  "  0 16 linear 259:0 32\n  16 8 linear 259:0 264\n"
                                  "resume forestage-pieces-0\n"
                                  "create forestage-input-0\nload forestage-input-0\n"
                                  "  0 16 verity 1 253:300 253:300 4096 4096 2 2 sha256 " ROOT
                                  " -\nresume forestage-input-0\n");
        assert_int_equal(device, makedev(253, 301));
}

static void what_linux_refuses_is_said(void **state)
{
        static const struct {
                unsigned long request;
                const char *why;
        } cases[] = {
                { DM_DEV_CREATE, "forestage-pieces-0: it cannot be made: Invalid argument" },
                { DM_TABLE_LOAD, "forestage-pieces-0: its table is not taken: Invalid argument" },
                { DM_DEV_SUSPEND, "forestage-pieces-0: it cannot be begun with: Invalid argument" },
        };
        char why[WHY_SIZE];
        dev_t device = 7;

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                fails_at = cases[i].request;
                assert_false(mapper_make(5, 1, *state, 0, &device, why));
                assert_string_equal(why, cases[i].why);
                assert_int_equal(device, 7);
        }
        fails_at = DM_TABLE_STATUS;
        assert_false(mapper_is_sound(5, 0, why));
        assert_string_equal(why, "forestage-input-0: its state cannot be read: Invalid argument");
}

static void only_a_state_that_is_good_is_taken_for_good(void **state)
{
        static const char *const others[] = { "C", "", "I/O", NULL };
        char why[WHY_SIZE];

        (void)state;
        status = "V";
        assert_true(mapper_is_sound(5, 0, why));
        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
                status = others[i];
                assert_false(mapper_is_sound(5, 0, why));
        }
        status = "C";
        assert_false(mapper_is_sound(5, 12, why));
        assert_string_equal(why, "a block of it in the store is not the one that was armed");
        assert_non_null(strstr(said, "status forestage-input-12\n"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(
                        pieces_of_several_extents_become_one_device, begin, end),
                cmocka_unit_test_setup_teardown(what_linux_refuses_is_said, begin, end),
                cmocka_unit_test_setup_teardown(
                        only_a_state_that_is_good_is_taken_for_good, begin, end),
        };

        return run_tap(tests);
}
