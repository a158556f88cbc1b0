/* Where Xen's modules lie: the text from forestage.efi to init. */
#include "efi/layout/payload.h"
#include "tests/unit/tap.h"

#include <stdio.h>

static char buffer[PAYLOAD_MAX_TEXT];
static struct text text;

static struct slice written(const struct payload *payload)
{
        text_init(&text, buffer, sizeof(buffer));
        payload_write(payload, &text);
        assert_false(text.cut);
        return (struct slice){ text.data, text.length };
}

static void assert_comes_back(const struct payload *payload)
{
        struct payload back;
        struct text reason;
        char why[128];

        text_init(&reason, why, sizeof(why));
        assert_true(payload_parse(written(payload), &back, &reason));
        assert_int_equal(back.count, payload->count);
        for (size_t i = 0; i < back.count; i++) {
                assert_int_equal(back.modules[i].address, payload->modules[i].address);
                assert_int_equal(back.modules[i].size, payload->modules[i].size);
        }
        assert_int_equal(reason.length, 0);
}

/* Any number of modules, each with the longest numbers. */
static void comes_back_as_it_was_written(void **state)
{
        struct payload payload = { .modules = { { 0x7a000000, 1 } }, .count = 1 };

        (void)state;
        assert_comes_back(&payload);
        for (payload.count = 0; payload.count < MODULES_MAX;) {
                payload.modules[payload.count++] =
                        (struct payload_part){ PAYLOAD_LIMIT - PAYLOAD_PAGE,
                                PAYLOAD_PAGE - payload.count };
                assert_comes_back(&payload);
        }
        payload.modules[MODULES_MAX - 1] =
                (struct payload_part){ PAYLOAD_PAGE, PAYLOAD_LIMIT - PAYLOAD_PAGE };
        assert_comes_back(&payload);
}

static void what_is_wrong_is_said(void **state)
{
        static const struct {
                const char *text, *why;
        } wrong[] = {
                { "", "next/payload: dom0's kernel is missing" },
                { "# nothing\n", "next/payload: dom0's kernel is missing" },
                { "module=4096\n", "next/payload:1: module: expected ADDRESS,BYTES, not \"4096\"" },
                { "module=4096,\n", "next/payload:1: module: expected a number from 1 to "
                                    "4294967296, not \"\"" },
                { "module=,1\n", "next/payload:1: module: expected a number from 4096 to "
                                 "4294963200, not \"\"" },
                { "module=4096,1,2\n", "next/payload:1: module: expected a number from 1 to "
                                       "4294967296, not \"1,2\"" },
                { "module=4096,1\nmodule=4097,1\n",
                        "next/payload:2: module: 4097 is not the address of a page" },
                { "module=0,1\n", "next/payload:1: module: expected a number from 4096 to "
                                  "4294963200, not \"0\"" },
                { "module=4294967296,1\n", "next/payload:1: module: expected a number from 4096 to "
                                           "4294963200, not \"4294967296\"" },
                { "\nmodule=4096,0\n", "next/payload:2: module: expected a number from 1 to "
                                       "4294967296, not \"0\"" },
                { "module=4294963200,4097\n", "next/payload:1: module: does not end below 4 GiB" },
                { "vmlinuz-address=4096\n", "next/payload:1: unknown key vmlinuz-address" },
        };
        struct payload payload = { .count = 77 };
        struct text reason;
        char why[160];

        (void)state;
        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
                text_init(&reason, why, sizeof(why));
                assert_false(payload_parse(slice_of(wrong[i].text), &payload, &reason));
                assert_string_equal(why, wrong[i].why);
                assert_int_equal(payload.count, 77); /* as it was */
        }
}

static void one_module_too_many_is_refused(void **state)
{
        struct payload payload;
        struct text lines, reason;
        char why[128], expected[128];

        (void)state;
        text_init(&lines, buffer, sizeof(buffer));
        for (unsigned i = 0; i <= MODULES_MAX; i++)
                text_add(&lines, "module=4096,1\n");
        text_init(&reason, why, sizeof(why));
        assert_false(payload_parse((struct slice){ lines.data, lines.length }, &payload, &reason));
        snprintf(expected, sizeof(expected), "next/payload:%u: module: more than %u modules",
                MODULES_MAX + 1, MODULES_MAX);
        assert_string_equal(why, expected);
}

static void files_have_their_numbers(void **state)
{
        struct payload payload = { 0 };

        (void)state;
        assert_ptr_equal(payload_part(&payload, SLICE("next/vmlinuz")), &payload.modules[0]);
        assert_int_equal(payload.count, 1);
        assert_ptr_equal(payload_part(&payload, SLICE("next/initrd")), &payload.modules[1]);
        assert_int_equal(payload.count, 2);
        assert_ptr_equal(payload_part(&payload, SLICE("next/module-7")), &payload.modules[7]);
        assert_int_equal(payload.count, 8);
        assert_ptr_equal(payload_part(&payload, SLICE("next/module-1")), &payload.modules[1]);
        assert_int_equal(payload.count, 8);
        assert_null(payload_part(&payload, SLICE("next/xen")));
        assert_null(payload_part(&payload, SLICE("vmlinuz")));
        assert_null(payload_part(&payload, SLICE("next/module-0")));
        assert_null(payload_part(&payload, SLICE("next/module-8")));
        assert_null(payload_part(&payload, SLICE("next/module-01")));
        assert_null(payload_part(&payload, SLICE("next/Module-1")));
        assert_int_equal(payload.count, 8);
}

static void bytes_of_all_are_counted(void **state)
{
        struct payload payload = { .modules = { { 4096, 10 }, { 8192, 200 }, { 12288, 3000 } } };

        (void)state;
        assert_int_equal(payload_bytes(&payload), 0);
        payload.count = 3;
        assert_int_equal(payload_bytes(&payload), 3210);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(comes_back_as_it_was_written),
                cmocka_unit_test(what_is_wrong_is_said),
                cmocka_unit_test(one_module_too_many_is_refused),
                cmocka_unit_test(files_have_their_numbers),
                cmocka_unit_test(bytes_of_all_are_counted),
        };

        return run_tap(tests);
}
