/* Where dom0's kernel and initrd lie: the text from forestage.efi to init. */
#include "efi/layout/payload.h"
#include "tests/unit/tap.h"

static char buffer[PAYLOAD_MAX_TEXT];
static struct text text;

static struct slice written(const struct payload *payload)
{
        text_init(&text, buffer, sizeof(buffer));
        payload_write(payload, &text);
        assert_false(text.cut);
        return (struct slice){ text.data, text.length };
}

static void comes_back_as_it_was_written(void **state)
{
        const struct payload longest = { { PAYLOAD_LIMIT - PAYLOAD_PAGE, PAYLOAD_PAGE },
                { PAYLOAD_PAGE, PAYLOAD_LIMIT - PAYLOAD_PAGE } };
        const struct payload bare = { .kernel = { 0x7a000000, 1 } };
        struct payload back;
        struct text reason;
        char why[128];

        (void)state;
        text_init(&reason, why, sizeof(why));
        assert_true(payload_parse(written(&longest), &back, &reason));
        assert_memory_equal(&back, &longest, sizeof(back));
        assert_true(payload_parse(written(&bare), &back, &reason));
        assert_memory_equal(&back, &bare, sizeof(back));
        assert_int_equal(reason.length, 0);
}

static void what_is_wrong_is_said(void **state)
{
        static const struct {
                const char *text, *why;
        } wrong[] = {
                { "", "next/payload: vmlinuz is missing" },
                { "initrd-address=4096\ninitrd-bytes=1\n", "next/payload: vmlinuz is missing" },
                { "vmlinuz-address=4096\n", "next/payload: vmlinuz has no size" },
                { "vmlinuz-address=4096\nvmlinuz-bytes=1\ninitrd-bytes=1\n",
                        "next/payload: initrd has no address" },
                { "vmlinuz-address=4097\n", "next/payload:1: vmlinuz-address: 4097 is not the "
                                            "address of a page" },
                { "vmlinuz-address=0\n", "next/payload:1: vmlinuz-address: expected a number from "
                                         "4096 to 4294963200, not \"0\"" },
                { "vmlinuz-address=4294967296\n",
                        "next/payload:1: vmlinuz-address: expected a number from 4096 to "
                        "4294963200, not \"4294967296\"" },
                { "\nvmlinuz-bytes=0\n", "next/payload:2: vmlinuz-bytes: expected a number from 1 "
                                         "to 4294967296, not \"0\"" },
                { "vmlinuz-address=4294963200\nvmlinuz-bytes=4097\n",
                        "next/payload: vmlinuz does not end below 4 GiB" },
                { "address=1\n", "next/payload:1: unknown key address" },
        };
        struct payload payload = { .kernel = { 1, 2 } };
        struct text reason;
        char why[160];

        (void)state;
        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
                text_init(&reason, why, sizeof(why));
                assert_false(payload_parse(slice_of(wrong[i].text), &payload, &reason));
                assert_string_equal(why, wrong[i].why);
                assert_int_equal(payload.kernel.address, 1); /* as it was */
        }
}

static void has_two_parts(void **state)
{
        struct payload payload;

        (void)state;
        assert_ptr_equal(payload_find(&payload, SLICE("next/vmlinuz")), &payload.kernel);
        assert_ptr_equal(payload_find(&payload, SLICE("next/initrd")), &payload.initrd);
        assert_null(payload_find(&payload, SLICE("next/xen")));
        assert_null(payload_find(&payload, SLICE("vmlinuz")));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(comes_back_as_it_was_written),
                cmocka_unit_test(what_is_wrong_is_said),
                cmocka_unit_test(has_two_parts),
        };

        return run_tap(tests);
}
