/* Text, key=value files, the configuration and the order. */
#include "efi/parse/conf.h"
#include "efi/parse/keyvalue.h"
#include "efi/parse/order.h"
#include "tests/unit/tap.h"

#include <stdio.h>

static char buffer[256];
static struct text reason;

static struct text *fresh(void)
{
        text_init(&reason, buffer, sizeof(buffer));
        return &reason;
}

static void assert_slice(struct slice slice, const char *expected)
{
        assert_int_equal(slice.length, strlen(expected));
        assert_memory_equal(slice.data, expected, slice.length);
}

/* A copy of exact size, so that the sanitizer sees every byte read behind it. */
static struct slice exact(const char *bytes, size_t length)
{
        static char *copy;

        free(copy);
        copy = malloc(length ? length : 1);
        assert_non_null(copy);
        memcpy(copy, bytes, length);
        return (struct slice){ copy, length };
}

static void formats_like_printf(void **state)
{
        (void)state;
        text_add(fresh(), "%s|%.*s|%c|%u|%lu|%llu|%zu|%x|%08x|%lx|%4u|%%", "a", 2, "bcd", 'e',
                4294967295u, 18446744073709551615ul, 8589934592ull, (size_t)0, 0xABCu, 0xABCu,
                0xfedcba9876543210ul, 7u);
        assert_string_equal(buffer,
                "a|bc|e|4294967295|18446744073709551615|8589934592|0|abc|00000abc|"
                "fedcba9876543210|   7|%");
        assert_false(reason.cut);
}

static void cuts_what_does_not_fit(void **state)
{
        struct text text;
        char small[6] = "xxxxx";

        (void)state;
        text_init(&text, small, 5);
        text_add(&text, "%u", 12345u);
        assert_string_equal(small, "1234");
        assert_true(text.cut);
        text_add(&text, "more");
        assert_int_equal(text.length, 4);
}

static void reads_pairs(void **state)
{
        const char *file =
                "\xef\xbb\xbf# comment\r\n\r\n \t key one\t=  a = b # c \t\r\nempty=\n=x\nno "
                "pair\nbad=\x01\nlast=1";
        struct keyvalue_cursor cursor;
        struct keyvalue pair;

        (void)state;
        keyvalue_open(exact(file, strlen(file)), &cursor);
        assert_int_equal(keyvalue_next(&cursor, &pair), KEYVALUE_OK);
        assert_slice(pair.key, "key one");
        assert_slice(pair.value, "a = b # c");
        assert_int_equal(cursor.line, 3);
        assert_int_equal(keyvalue_next(&cursor, &pair), KEYVALUE_OK);
        assert_slice(pair.key, "empty");
        assert_slice(pair.value, "");
        assert_int_equal(keyvalue_next(&cursor, &pair), KEYVALUE_NO_KEY);
        assert_int_equal(keyvalue_next(&cursor, &pair), KEYVALUE_NO_EQUALS);
        assert_int_equal(keyvalue_next(&cursor, &pair), KEYVALUE_BAD_BYTE);
        assert_int_equal(cursor.line, 7);
        assert_int_equal(keyvalue_next(&cursor, &pair), KEYVALUE_OK);
        assert_slice(pair.key, "last");
        assert_int_equal(keyvalue_next(&cursor, &pair), KEYVALUE_END);
        assert_int_equal(keyvalue_next(&cursor, &pair), KEYVALUE_END);
}

static void refuses_nul_and_long_lines(void **state)
{
        static char line[KEYVALUE_MAX_LINE + 2];
        struct keyvalue_cursor cursor;
        struct keyvalue pair;

        (void)state;
        keyvalue_open(exact("a=b\0c\n", 6), &cursor);
        assert_int_equal(keyvalue_next(&cursor, &pair), KEYVALUE_BAD_BYTE);
        memset(line, 'a', sizeof(line));
        line[1] = '=';
        keyvalue_open(exact(line, KEYVALUE_MAX_LINE), &cursor);
        assert_int_equal(keyvalue_next(&cursor, &pair), KEYVALUE_OK);
        keyvalue_open(exact(line, KEYVALUE_MAX_LINE + 1), &cursor);
        assert_int_equal(keyvalue_next(&cursor, &pair), KEYVALUE_LONG_LINE);
        assert_int_equal(keyvalue_next(&cursor, &pair), KEYVALUE_END);
}

static void reads_sizes_and_numbers(void **state)
{
        static const struct {
                const char *text;
                uint64_t size; /* 0: refused */
        } rows[] = {
                { "1", 1 },
                { "64M", 64ull << 20 },
                { "2g", 2ull << 30 },
                { "16k", 16384 },
                { "17179869183G", 17179869183ull << 30 },
                { "17179869184G", 0 },
                { "18446744073709551615", UINT64_MAX },
                { "18446744073709551616", 0 },
                { "0", 0 },
                { "0M", 0 },
                { "", 0 },
                { "M", 0 },
                { "64MB", 0 },
                { "64 M", 0 },
                { "-1", 0 },
                { "0x10", 16 },
                { "0x10k", 16384 },
                { "0x", 0 },
                { "0xM", 0 },
                { "1T", 1ull << 40 },
                { "16777216t", 0 },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct slice text = exact(rows[i].text, strlen(rows[i].text));
                uint64_t size = 0;

                assert_int_equal(keyvalue_size(text, &size, fresh()), rows[i].size != 0);
                assert_int_equal(size, rows[i].size);
                assert_int_equal(reason.length > 0, rows[i].size == 0);
        }
}

static bool parse_conf(const char *file, struct conf *conf)
{
        conf_defaults(conf);
        return conf_parse(exact(file, strlen(file)), conf, fresh());
}

static void conf_has_defaults(void **state)
{
        struct conf conf;

        (void)state;
        assert_true(parse_conf("", &conf));
        assert_int_equal(conf.region_size, 64ull << 20);
        assert_int_equal(conf.countdown, 3);
        assert_int_equal(conf.deadline, 900);
        assert_int_equal(conf.console_count, 0);
        assert_int_equal(conf.options.length, 0);
        assert_false(conf.rescue);
        assert_int_equal(conf.concurrency, 1);
        assert_false(conf.secure_boot);
        assert_false(conf.debug);
        assert_string_equal(conf.fallback, "");
}

static void conf_reads_every_key(void **state)
{
        struct conf conf;

        (void)state;
        assert_true(parse_conf("region-size=63M\nfallback=\\EFI\\xenserver\\grubx64.efi\r\n"
                               "console=tty0\nconsole=ttyS0,115200n8\ncountdown=0\ndeadline=60\n"
                               "concurrency=8\nrescue=yes\nsecure-boot=yes\nsingle-processor=yes\n"
                               "options=quiet acpi=strict\ndebug=yes\n",
                &conf));
        assert_int_equal(conf.region_size, 64ull << 20);
        assert_string_equal(conf.fallback, "EFI/xenserver/grubx64.efi");
        assert_int_equal(conf.console_count, 2);
        assert_slice(conf.console[1], "ttyS0,115200n8");
        assert_int_equal(conf.countdown, 0);
        assert_int_equal(conf.deadline, 60);
        assert_int_equal(conf.concurrency, 8);
        assert_true(conf.rescue);
        assert_true(conf.secure_boot);
        assert_true(conf.single_processor);
        assert_slice(conf.options, "quiet acpi=strict");
        assert_true(conf.debug);
        assert_true(parse_conf("debug=no\n", &conf));
        assert_false(conf.debug);
        assert_int_equal(conf.hand_off, HAND_OFF_KEXEC);
        assert_true(parse_conf("hand-off=kexec\n", &conf));
        assert_int_equal(conf.hand_off, HAND_OFF_KEXEC);
        assert_true(parse_conf("hand-off=kexec-else-reset\n", &conf));
        assert_int_equal(conf.hand_off, HAND_OFF_KEXEC_ELSE_RESET);
        assert_true(parse_conf("hand-off=reset\n", &conf));
        assert_int_equal(conf.hand_off, HAND_OFF_RESET);
        assert_int_equal(conf.store_above, 1 << 20);
        assert_true(parse_conf("store-above=64K\n", &conf));
        assert_int_equal(conf.store_above, 64 << 10);
}

/* A bad line is named, and the fallback loader behind it is still found. */
static void conf_names_the_first_bad_line(void **state)
{
        static const struct {
                const char *line;
                const char *message;
        } rows[] = {
                { "unknown=1", "forestage.conf:2: unknown key unknown" },
                { "word", "forestage.conf:2: expected key=value or a comment that starts with #" },
                { "region-size=0",
                        "forestage.conf:2: region-size: expected a size such as 64M (K, M, "
                        "G or T), not \"0\"" },
                { "region-size=2000G", "forestage.conf:2: region-size: larger than 1024G" },
                { "countdown=61",
                        "forestage.conf:2: countdown: expected a number from 0 to 60, not \"61\"" },
                { "deadline=0",
                        "forestage.conf:2: deadline: expected a number from 1 to 604800, not "
                        "\"0\"" },
                { "concurrency=0",
                        "forestage.conf:2: concurrency: expected a number from 1 to 32, not "
                        "\"0\"" },
                { "concurrency=33",
                        "forestage.conf:2: concurrency: expected a number from 1 to 32, not "
                        "\"33\"" },
                { "rescue=maybe", "forestage.conf:2: rescue: expected yes or no, not \"maybe\"" },
                { "store-above=65535", "forestage.conf:2: store-above: smaller than 64K" },
                { "hand-off=off",
                        "forestage.conf:2: hand-off: expected kexec, kexec-else-reset or reset, "
                        "not \"off\"" },
                { "debug=1", "forestage.conf:2: debug: expected yes or no, not \"1\"" },
                { "console=a b",
                        "forestage.conf:2: console: expected one word such as ttyS0,115200n8" },
                { "console=",
                        "forestage.conf:2: console: expected one word such as ttyS0,115200n8" },
                { "options=a add_efi_memmap b",
                        "forestage.conf:2: options: add_efi_memmap is not allowed here: it changes "
                        "which "
                        "memory is whose: the region and the next system lie in it" },
                { "options=forestage.run=1", "forestage.conf:2: options: forestage.run=1 is not "
                                             "allowed here: forestage.efi "
                                             "says this itself" },
                { "options=\xc3\xa4",
                        "forestage.conf:2: options: has a character other than plain ASCII" },
                { "first=1", "forestage.conf:2: unknown key first" },
        };
        struct conf conf;
        char file[256];

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                snprintf(file, sizeof(file), "# x\n%s\nother=2\nfallback=/EFI/a.efi\n",
                        rows[i].line);
                assert_false(parse_conf(file, &conf));
                assert_string_equal(buffer, rows[i].message);
                assert_string_equal(conf.fallback, "EFI/a.efi");
        }
        assert_false(parse_conf("countdown=1\ncountdown=2\n", &conf));
        assert_string_equal(buffer, "forestage.conf:2: countdown is set twice");
        assert_int_equal(conf.countdown, 1);
        assert_false(parse_conf("fallback=\\EFI\\..\\x\n", &conf));
        assert_string_equal(buffer,
                "forestage.conf:1: fallback: path leaves the folder or has a component of dots");
}

static void conf_bounds_consoles(void **state)
{
        const char *file =
                "console=a\nconsole=a\nconsole=a\nconsole=a\nconsole=a\nconsole=a\nconsole="
                "a\nconsole=a\nconsole=a\n";
        struct conf conf;

        (void)state;
        assert_false(parse_conf(file, &conf));
        assert_string_equal(buffer, "forestage.conf:9: console: more than 8 consoles");
        assert_int_equal(conf.console_count, CONF_MAX_CONSOLES);
}

static bool parse_order(const char *file, struct order *order)
{
        return order_parse(exact(file, strlen(file)), order, fresh());
}

static void order_reads_its_run(void **state)
{
        struct order order = { 0 };

        (void)state;
        assert_true(parse_order("run=3F2504E0-4F89-41D3-9A0C-0305E82C3301\r\n", &order));
        assert_string_equal(order.run_text, "3f2504e0-4f89-41d3-9a0c-0305e82c3301");
        assert_int_equal(order.run_id[0], 0x3f);
        assert_int_equal(order.run_id[15], 0x01);
        assert_false(order.every_boot);
        assert_true(
                parse_order("repeat=every-boot\nrun=3f2504e0-4f89-41d3-9a0c-0305e82c3301", &order));
        assert_true(order.every_boot);
        assert_false(order.has_hand_off);
        assert_true(
                parse_order("run=3f2504e0-4f89-41d3-9a0c-0305e82c3301\nhand-off=reset\n", &order));
        assert_true(order.has_hand_off);
        assert_int_equal(order.hand_off, HAND_OFF_RESET);
        assert_string_equal(handoff_name(order.hand_off), "reset");
}

/* Whoever reads such a file takes a byte more than it may have, and learns here that it is too
 * long. */
static void order_has_a_size(void **state)
{
        static const char run[] = "run=3f2504e0-4f89-41d3-9a0c-0305e82c3301";
        static char file[KEYVALUE_MAX_BYTES + 2];
        struct order order = { 0 };

        (void)state;
        memset(file, '\n', KEYVALUE_MAX_BYTES + 1);
        memcpy(file + KEYVALUE_MAX_BYTES - strlen(run), run, strlen(run));
        assert_false(parse_order(file, &order));
        assert_string_equal(buffer, "order: larger than 64 KiB");
        assert_string_equal(order.run_text, "");
        file[KEYVALUE_MAX_BYTES] = '\0';
        assert_true(parse_order(file, &order));
}

static void order_refuses(void **state)
{
        static const struct {
                const char *file;
                const char *message;
        } rows[] = {
                { "", "order: does not say run=" },
                { "repeat=once\n", "order: does not say run=" },
                { "run=\n", "order:1: run: expected a UUID, not \"\"" },
                { "run=3f2504e0-4f89-41d3-9a0c-0305e82c330\n",
                        "order:1: run: expected a UUID, not "
                        "\"3f2504e0-4f89-41d3-9a0c-0305e82c330\"" },
                { "hand-off=off\n",
                        "order:1: hand-off: expected kexec, kexec-else-reset or reset, not "
                        "\"off\"" },
                { "repeat=twice\n", "order:1: repeat: expected once or every-boot, not \"twice\"" },
                { "x=1\n", "order:1: unknown key x" },
        };
        struct order order = { .every_boot = true };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                assert_false(parse_order(rows[i].file, &order));
                assert_string_equal(buffer, rows[i].message);
        }
        assert_true(order.every_boot); /* untouched */
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(formats_like_printf),
                cmocka_unit_test(cuts_what_does_not_fit),
                cmocka_unit_test(reads_pairs),
                cmocka_unit_test(refuses_nul_and_long_lines),
                cmocka_unit_test(reads_sizes_and_numbers),
                cmocka_unit_test(conf_has_defaults),
                cmocka_unit_test(conf_reads_every_key),
                cmocka_unit_test(conf_names_the_first_bad_line),
                cmocka_unit_test(conf_bounds_consoles),
                cmocka_unit_test(order_reads_its_run),
                cmocka_unit_test(order_has_a_size),
                cmocka_unit_test(order_refuses),
        };

        return run_tap(tests);
}
