#include <stdio.h>

#include "dom0/base/escape.h"
#include "dom0/base/path.h"
#include "dom0/base/print.h"
#include "dom0/host/iomem.h"
#include "lib/option.h"
#include "tests/unit/tap.h"

static void shows(const char *text, size_t length, const char *expected)
{
        assert_string_equal(shown(text, length).text, expected);
}

static void escapes_what_acts_on_a_terminal(void **state)
{
        (void)state;
        shows("plain ~!", 8, "plain ~!");
        shows("\x1b[31mred", 8, "\\x1b[31mred");
        shows("a\0b\r\n\t\x7f", 7, "a\\x00b\\x0d\\x0a\\x09\\x7f");
        shows("\xc2\x9b", 2, "\\xc2\\x9b");                   /* C1: one-byte CSI */
        shows("\xe2\x80\xae", 3, "\\xe2\\x80\\xae");          /* right-to-left override */
        shows("\xf3\xa0\x80\x81", 4, "\\xf3\\xa0\\x80\\x81"); /* tag */
        shows("back\\slash", 10, "back\\slash");              /* once is as good as twice */
        shows("\\x1b", 4, "\\x1b");
        shows("gr\xc3\xbc\xc3\x9f", 6, "gr\xc3\xbc\xc3\x9f");
}

static void escapes_what_is_no_utf8(void **state)
{
        (void)state;
        shows("\xff", 1, "\\xff");
        shows("\xc3", 1, "\\xc3");                            /* cut off */
        shows("\xc0\xaf", 2, "\\xc0\\xaf");                   /* overlong */
        shows("\xe0\x80\xaf", 3, "\\xe0\\x80\\xaf");          /* overlong */
        shows("\xed\xa0\x80", 3, "\\xed\\xa0\\x80");          /* surrogate */
        shows("\xf4\x90\x80\x80", 4, "\\xf4\\x90\\x80\\x80"); /* above U+10FFFF */
}

static void cuts_at_characters(void **state)
{
        char out[12];

        (void)state;
        escape_text("elevenchars", 11, out, sizeof(out));
        assert_string_equal(out, "elevenchars");
        escape_text("twelve chars", 12, out, sizeof(out));
        assert_string_equal(out, "twelve c...");
        escape_text("1234567\xc3\xbc\xc3\xbc\xc3\xbc", 13, out, sizeof(out));
        assert_string_equal(out, "1234567...");
        escape_text("123\x1b\x1b\x1b", 6, out, sizeof(out));
        assert_string_equal(out, "123\\x1b...");
        escape_text("", 0, out, sizeof(out));
        assert_string_equal(out, "");
}

static void accepts_paths_in_the_folder(void **state)
{
        static const char *const good[] = { "jobs/vecadd/0/out.bin", "stage/runner.log", "a",
                "jobs/a/0/.hidden", "jobs/a/0/..x", "jobs/\xc3\xbc/none/x y" };

        (void)state;
        for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
                assert_null(path_problem(good[i], strlen(good[i])));
}

static void refuses_paths_that_escape(void **state)
{
        static const char *const bad[] = { "", "/etc/passwd", "..", ".", "../x", "a/../b", "a/..",
                "a//b", "a/", "./a", "a/./b", "a\nb", "a/\x1b[2J", "a/\xff", "a/\xe2\x80\xae" };
        char deep[128] = "", wide[300] = "";

        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                assert_non_null(path_problem(bad[i], strlen(bad[i])));
        assert_non_null(path_problem("a\0b", 3));
        for (size_t i = 0; i < PATH_MAX_PARTS; i++)
                strcat(deep, i ? "/d" : "d");
        assert_null(path_problem(deep, strlen(deep)));
        strcat(deep, "/d");
        assert_non_null(path_problem(deep, strlen(deep)));
        memset(wide, 'w', PATH_MAX_PART);
        assert_null(path_problem(wide, PATH_MAX_PART));
        memset(wide, 'w', PATH_MAX_PART + 1);
        assert_non_null(path_problem(wide, PATH_MAX_PART + 1));
}

static void refuses_paths_that_clash(void **state)
{
        json_t *taken = json_object();

        (void)state;
        assert_null(path_claim(taken, "a/b/c"));
        assert_null(path_claim(taken, "a/b/d"));
        assert_non_null(path_claim(taken, "a/b/c"));
        assert_non_null(path_claim(taken, "a/b"));
        assert_non_null(path_claim(taken, "a"));
        assert_non_null(path_claim(taken, "a/b/c/d"));
        assert_null(path_claim(taken, "a/b/ca"));
        json_decref(taken);
}

static const char map[] = "00001000-0009ffff : System RAM\n"
                          "000a0000-000fffff : Reserved\n"
                          "  000c0000-000c7fff : Video ROM\n"
                          "00100000-7bffffff : System RAM\n"
                          "  01000000-01ffffff : Kernel code\n"
                          "  02000000-02ffffff : Reserved\n"
                          "7c000000-7dffffff : Reserved\n"
                          "7e000000-7fffffff : reserved\n"
                          "80000000-8fffffff : PCI Bus 0000:00\n";

static enum iomem_answer ask(const char *text, uint64_t address, uint64_t size)
{
        struct memory_range range = { address, size };

        return iomem_check(text, strlen(text), &range);
}

static void finds_reserved_memory(void **state)
{
        (void)state;
        assert_int_equal(ask(map, 0x7c000000, 0x2000000), IOMEM_RESERVED);
        assert_int_equal(ask(map, 0x7c200000, 0x200000), IOMEM_RESERVED);
        assert_int_equal(ask(map, 0x7c000000, 0x4000000), IOMEM_RESERVED); /* two lines */
        assert_int_equal(ask(map, 0x7bfff000, 0x200000), IOMEM_OTHER);
        assert_int_equal(ask(map, 0x7c000000, 0x4001000), IOMEM_OTHER);
        assert_int_equal(ask(map, 0x02000000, 0x100000), IOMEM_OTHER); /* inside RAM */
        assert_int_equal(ask(map, 0x90000000, 0x100000), IOMEM_OTHER);
        assert_int_equal(
                ask("7c000000-7fffffff : Reserved by me\n", 0x7c000000, 0x1000), IOMEM_OTHER);
}

static void tells_a_hidden_map(void **state)
{
        (void)state;
        assert_int_equal(ask("00000000-00000000 : System RAM\n"
                             "00000000-00000000 : Reserved\n",
                                 0x7c000000, 0x1000),
                IOMEM_HIDDEN);
        assert_int_equal(ask("", 0x7c000000, 0x1000), IOMEM_EMPTY);
        assert_int_equal(ask("nonsense\n-: \n0-\n", 0x7c000000, 0x1000), IOMEM_EMPTY);
        assert_int_equal(ask("0-ffffffffffffffff : Reserved", 0x7c000000, 0x1000), IOMEM_OTHER);
}

struct values {
        const char *text;
        const char *choice;
        bool flag;
        struct option_words words;
};

static const struct option_spec table[] = {
        { "text", OPTION_VALUE, offsetof(struct values, text) },
        { "flag", OPTION_SWITCH, offsetof(struct values, flag) },
        { "choice", OPTION_CHOICE, offsetof(struct values, choice) },
        { "word", OPTION_WORDS, offsetof(struct values, words) },
        { 0 },
};

static const char *wrong(const char *a, const char *b, const char *c)
{
        char *argv[] = { (char *)"verb", (char *)a, (char *)b, (char *)c, NULL };
        struct option_error error = { 0 };
        struct values values = { 0 };
        int argc = 1 + (a != NULL) + (b != NULL) + (c != NULL);

        return option_parse(table, argc, argv, &values, &error) ? NULL : error.problem;
}

static void reads_options(void **state)
{
        char *argv[] = { (char *)"verb", (char *)"--flag", (char *)"--text", (char *)"--odd",
                NULL };
        struct option_error error;
        struct values values = { 0 };

        (void)state;
        assert_true(option_parse(table, 4, argv, &values, &error));
        assert_true(values.flag);
        assert_string_equal(values.text, "--odd");
        assert_null(wrong("--text=x", NULL, NULL));
        assert_null(wrong(NULL, NULL, NULL));
}

/* A choice takes no word of the next argument: that is an operand. */
static void reads_choices(void **state)
{
        static const struct {
                const char *argument, *value;
        } rows[] = { { "--choice", "" }, { "--choice=stop", "stop" },
                { "--choice=--flag", "--flag" }, { "--choice=a=b", "a=b" } };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                char *argv[] = { (char *)"verb", (char *)rows[i].argument, (char *)"--flag", NULL };
                struct values values = { 0 };
                struct option_error error;

                assert_true(option_parse(table, 3, argv, &values, &error));
                assert_string_equal(values.choice, rows[i].value);
                assert_true(values.flag);
        }
        assert_non_null(wrong("--choice", "stop", NULL));
        assert_non_null(wrong("--choice=", NULL, NULL));
        assert_non_null(wrong("--choice", "--choice", NULL));
        assert_non_null(wrong("--choice=a", "--choice", NULL));
        assert_non_null(wrong("--choice", "--choice=a", NULL));
}

static void reads_words(void **state)
{
        char *argv[OPTION_WORDS_MAX + 3] = { (char *)"verb", (char *)"--word", (char *)"--word",
                (char *)"--flag", (char *)"--word=a=b", (char *)"--word=c" };
        struct values values = { 0 };
        struct option_error error;

        (void)state;
        assert_true(option_parse(table, 6, argv, &values, &error));
        assert_int_equal(values.words.count, 3);
        assert_string_equal(values.words.word[0], "--word");
        assert_string_equal(values.words.word[1], "a=b");
        assert_string_equal(values.words.word[2], "c");
        assert_string_equal(wrong("--word", NULL, NULL), "option needs a value");
        assert_string_equal(wrong("--word=", NULL, NULL), "option has an empty value");
        for (size_t i = 1; i < OPTION_WORDS_MAX + 2; i++)
                argv[i] = (char *)"--word=x";
        values = (struct values){ 0 };
        assert_true(option_parse(table, OPTION_WORDS_MAX + 1, argv, &values, &error));
        values = (struct values){ 0 };
        assert_false(option_parse(table, OPTION_WORDS_MAX + 2, argv, &values, &error));
        assert_string_equal(error.problem, "option given too often");
}

static void refuses_other_options(void **state)
{
        (void)state;
        assert_non_null(wrong("--tex", "x", NULL));
        assert_non_null(wrong("--text", NULL, NULL));
        assert_non_null(wrong("--text=", NULL, NULL));
        assert_non_null(wrong("--text=x", "--text=y", NULL));
        assert_non_null(wrong("--flag=yes", NULL, NULL));
        assert_non_null(wrong("--flag", "--flag", NULL));
        assert_non_null(wrong("operand", NULL, NULL));
        assert_non_null(wrong("--", NULL, NULL));
        assert_non_null(wrong("-t", NULL, NULL));
}

static void wraps_at_80_columns(void **state)
{
        char *text = NULL;
        size_t size;
        FILE *file = open_memstream(&text, &size);
        char word[200];

        (void)state;
        memset(word, 'w', sizeof(word) - 1);
        word[sizeof(word) - 1] = '\0';
        print_labelled(file, "Label:", "one two");
        print_wrapped(file, 0, 70, "three four five");
        print_wrapped(file, 0, 0, word);
        print_column(file, "abcdef", 4);
        print_column(file, "ab", 4);
        fclose(file);
        assert_non_null(strstr(text, "Label:      one two\n"));
        assert_non_null(strstr(text, "three four\n"));
        assert_non_null(strstr(text, "abc~ ab   "));
        for (const char *line = text; *line;
                line += strcspn(line, "\n") + (strchr(line, '\n') != NULL))
                assert_true(strcspn(line, "\n") <= 80);
        free(text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(escapes_what_acts_on_a_terminal),
                cmocka_unit_test(escapes_what_is_no_utf8),
                cmocka_unit_test(cuts_at_characters),
                cmocka_unit_test(accepts_paths_in_the_folder),
                cmocka_unit_test(refuses_paths_that_escape),
                cmocka_unit_test(refuses_paths_that_clash),
                cmocka_unit_test(finds_reserved_memory),
                cmocka_unit_test(tells_a_hidden_map),
                cmocka_unit_test(reads_options),
                cmocka_unit_test(reads_choices),
                cmocka_unit_test(reads_words),
                cmocka_unit_test(refuses_other_options),
                cmocka_unit_test(wraps_at_80_columns),
        };

        return run_tap(tests);
}
