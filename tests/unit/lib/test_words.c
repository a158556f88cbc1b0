/* Numbers, words, text and paths as people write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "lib/number.h"
#include "lib/path.h"
#include "lib/quantity.h"
#include "lib/text.h"
#include "lib/utf8.h"
#include "lib/words.h"

static void unsigned_numbers(void **state)
{
        static const char *const bad[] = { "", " 1", "1 ", "-1", "+1", "0x", "0x0x1", "1e3", "abc",
                "18446744073709551616", "0x10000000000000000", "1,", "0b1" };
        uint64_t value = 7;

        (void)state;
        assert_true(number_u64("0", &value) && value == 0);
        assert_true(number_u64("0xfF", &value) && value == 255);
        assert_true(number_u64("010", &value) && value == 10); /* decimal, as people mean it */
        assert_true(number_u64("18446744073709551615", &value) && value == UINT64_MAX);
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                assert_false(number_u64(bad[i], &value));
                assert_true(value == UINT64_MAX); /* untouched */
        }
}

static void signed_numbers(void **state)
{
        int64_t value;

        (void)state;
        assert_true(number_i64("-9223372036854775808", &value) && value == INT64_MIN);
        assert_true(number_i64("9223372036854775807", &value) && value == INT64_MAX);
        assert_true(number_i64("-0x10", &value) && value == -16);
        assert_true(number_i64("-0", &value) && value == 0);
        assert_false(number_i64("9223372036854775808", &value));
        assert_false(number_i64("-9223372036854775809", &value));
        assert_false(number_i64("--1", &value));
        assert_false(number_i64("-", &value));
}

static void sizes(void **state)
{
        uint64_t bytes;

        (void)state;
        assert_true(quantity_bytes("64M", &bytes) && bytes == UINT64_C(64) << 20);
        assert_true(quantity_bytes("0x10K", &bytes) && bytes == 16384);
        assert_true(quantity_bytes("1T", &bytes) && bytes == UINT64_C(1) << 40);
        assert_true(quantity_bytes("0", &bytes) && bytes == 0);
        assert_true(quantity_bytes("16777215T", &bytes));
        assert_false(quantity_bytes("16777216T", &bytes));
        assert_false(quantity_bytes("M", &bytes));
        assert_true(quantity_bytes("1k", &bytes) && bytes == 1024);
        assert_true(quantity_bytes("0x2t", &bytes) && bytes == UINT64_C(2) << 40);
        assert_false(quantity_bytes("1KB", &bytes));
        assert_false(quantity_bytes("", &bytes));
        assert_false(quantity_bytes("-1K", &bytes));
}

static void durations(void **state)
{
        uint64_t ms;

        (void)state;
        assert_true(quantity_ms("500ms", &ms) && ms == 500);
        assert_true(quantity_ms("30s", &ms) && ms == 30000);
        assert_true(quantity_ms("0.5", &ms) && ms == 500);
        assert_true(quantity_ms("2min", &ms) && ms == 120000);
        assert_true(quantity_ms("1h", &ms) && ms == 3600000);
        assert_true(quantity_ms("0.1ms", &ms) && ms == 1);
        assert_false(quantity_ms("", &ms));
        assert_false(quantity_ms("s", &ms));
        assert_false(quantity_ms("-1s", &ms));
        assert_false(quantity_ms("1 s", &ms));
        assert_false(quantity_ms("1d", &ms));
        assert_false(quantity_ms("inf", &ms));
        assert_false(quantity_ms("99999999999999999999h", &ms));
}

static void reals(void **state)
{
        double f64;
        float f32;

        (void)state;
        assert_true(number_f64("-1e-3", &f64) && f64 == -1e-3);
        assert_true(number_f64("nan", &f64) && isnan(f64));
        assert_true(number_f64("-inf", &f64) && isinf(f64));
        assert_true(number_f64("1e-999", &f64) && f64 == 0);
        assert_false(number_f64("1e999", &f64));
        assert_false(number_f64(" 1", &f64));
        assert_false(number_f64("1x", &f64));
        assert_true(number_f32("0x1.8p1", &f32) && f32 == 3);
        assert_false(number_f32("1e39", &f32));
        assert_false(number_f32("", &f32));
}

static void paths(void **state)
{
        char path[600];

        (void)state;
        assert_null(path_complaint("a"));
        assert_null(path_complaint("a/b.bin"));
        assert_null(path_complaint("..a/b.."));
        assert_null(path_complaint("..."));
        assert_string_equal(path_complaint(""), "is empty");
        assert_non_null(path_complaint("/"));
        assert_non_null(path_complaint(".."));
        assert_non_null(path_complaint("a/.."));
        assert_non_null(path_complaint("../a"));
        assert_non_null(path_complaint("a/../b"));
        assert_non_null(path_complaint("a/"));
        assert_non_null(path_complaint("a//b"));
        assert_non_null(path_complaint("."));
        assert_non_null(path_complaint("a\tb"));
        memset(path, 'a', sizeof(path));
        path[256] = '\0';
        assert_string_equal(path_complaint(path), "has a component longer than 255 bytes");
        path[255] = '\0';
        assert_null(path_complaint(path));
        for (size_t i = 3; i < 513; i += 4)
                path[i] = '/';
        path[256] = 'a';
        path[513] = '\0';
        assert_string_equal(path_complaint(path), "is longer than 512 bytes");
        path[511] = '\0';
        assert_null(path_complaint(path));
}

static void collisions(void **state)
{
        (void)state;
        assert_true(path_collides("a", "a"));
        assert_true(path_collides("a", "a/b"));
        assert_true(path_collides("a/b/c", "a/b"));
        assert_false(path_collides("a", "ab"));
        assert_false(path_collides("a/b", "a/c"));
}

static void utf8(void **state)
{
        static const struct {
                const char *text;
                size_t good;
        } cases[] = {
                { "plain", 5 },
                { "\xc3\xa9", 2 },
                { "\xe2\x82\xac", 3 },
                { "\xf0\x9f\x98\x80", 4 },
                { "a\x80", 1 },
                { "\xc0\x80", 0 },
                { "\xe0\x80\x80", 0 },
                { "\xed\xa0\x80", 0 },
                { "\xf4\x90\x80\x80", 0 },
                { "\xf5\x80\x80\x80", 0 },
                { "ab\xe2\x82", 2 },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_int_equal(utf8_valid(cases[i].text, strlen(cases[i].text)), cases[i].good);
}

static void one_line(void **state)
{
        char text[] = "a\tb\n\xff\xc3\xa9\x7f\r\n";

        (void)state;
        text_make_line(text);
        assert_string_equal(text, "a b ?\xc3\xa9");
}

static void words_are_split(void **state)
{
        char text[] = "  one 'two  words'\tx\"y z\"'' \"\" last";
        char *cursor = text;
        bool open;

        (void)state;
        assert_string_equal(text_next_word(&cursor, &open), "one");
        assert_string_equal(text_next_word(&cursor, &open), "two  words");
        assert_string_equal(text_next_word(&cursor, &open), "xy z");
        assert_string_equal(text_next_word(&cursor, &open), "");
        assert_string_equal(text_next_word(&cursor, &open), "last");
        assert_null(text_next_word(&cursor, &open));
        assert_false(open);
        char unclosed[] = "a 'b c";

        cursor = unclosed;
        assert_string_equal(text_next_word(&cursor, &open), "a");
        assert_non_null(text_next_word(&cursor, &open));
        assert_true(open);
}

static void words_are_found(void **state)
{
        static const char *const list[] = { "if", "fi", NULL };

        (void)state;
        assert_true(text_is_one_of("fi", list));
        assert_false(text_is_one_of("f", list));
        assert_false(text_is_one_of("", list));
        assert_true(text_has_word("rw,ro,nosuid", ",", "ro", 2));
        assert_true(text_has_word("  a\tro", " \t", "ro", 2));
        assert_false(text_has_word("rw,errors=remount-ro", ",", "ro", 2));
        assert_false(text_has_word("root,r", ",", "ro", 2));
        assert_false(text_has_word("", ",", "ro", 2));
}

static void lists_of_devices(void **state)
{
        struct words words = { NULL, 0 };
        char why[WHY_SIZE];

        (void)state;
        assert_true(words_add_devices(&words, "3 ,GPU-00000000-0000-0000-0000-00000000000a", why));
        assert_int_equal(words.count, 2);
        assert_string_equal(words.word[0], "3");
        assert_false(words_add_devices(&words, "4096", why));
        assert_false(words_add_devices(&words, "-1", why));
        assert_false(words_add_devices(&words, "GPU-1", why));
        assert_false(words_add_devices(&words, "5,3", why));
        assert_string_equal(why, "'3' is given twice");
        words_clear(&words);
        assert_int_equal(words.count, 0);
}

static void too_many_words(void **state)
{
        struct words words = { NULL, 0 };
        char why[WHY_SIZE];

        (void)state;
        for (unsigned i = 0; i < WORDS_MAX; i++)
                assert_true(words_add(&words, "w", why));
        assert_false(words_add(&words, "w", why));
        assert_string_equal(why, "more than 256 values");
        words_clear(&words);
}

/* What --only takes: a name, a pattern, and of a sweep all of its points or some. */
static void patterns_match_names(void **state)
{
        static const struct {
                const char *patterns, *name;
                bool match;
        } rows[] = { { "wave", "wave", true }, { "wave", "waves", false }, { "w*", "wave", true },
                { "wave", "wave@17", true }, { "w*e", "wave@17", true },
                { "wave@17", "wave@17", true }, { "wave@1", "wave@17", false },
                { "wave@17", "wave", false }, { "wave@*", "wave", false },
                { "wave@1?", "wave@17", true }, { "wave@[2-9]", "wave@17", false },
                { "*@17", "wave@17", true }, { "*7", "wave@17", true }, { "wav", "wave@17", false },
                { "x,wave", "wave@1", true } };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct words words = { NULL, 0 };
                bool used[WORDS_MAX] = { false };
                char why[WHY_SIZE];

                assert_true(words_add_patterns(&words, rows[i].patterns, why));
                if (words_match(&words, rows[i].name, used) != rows[i].match)
                        fail_msg("'%s' and '%s'", rows[i].patterns, rows[i].name);
                assert_true(used[words.count - 1] == rows[i].match);
                words_clear(&words);
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(patterns_match_names),
                cmocka_unit_test(unsigned_numbers),
                cmocka_unit_test(signed_numbers),
                cmocka_unit_test(sizes),
                cmocka_unit_test(durations),
                cmocka_unit_test(reals),
                cmocka_unit_test(paths),
                cmocka_unit_test(collisions),
                cmocka_unit_test(utf8),
                cmocka_unit_test(one_line),
                cmocka_unit_test(words_are_split),
                cmocka_unit_test(words_are_found),
                cmocka_unit_test(lists_of_devices),
                cmocka_unit_test(too_many_words),
        };

        cmocka_set_message_output(CM_OUTPUT_TAP);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
