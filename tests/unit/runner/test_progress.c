/* The lines that people see while jobs run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/escape.h"
#include "lib/utf8.h"
#include "runner/console/columns.h"
#include "runner/console/progress.h"

static struct job jobs[2] = {
        { .name = "reduce", .timeout_ms = 60000 },
        { .name = "scan", .timeout_ms = 500 },
};
static struct entry entries[2] = { { .job = &jobs[0], .index = 0 },
        { .job = &jobs[1], .index = -1 } };
static struct plan plan = { entries, 2 };

static void assert_line(const struct progress_view *view, size_t columns, const char *expected)
{
        char line[PROGRESS_MOST];

        progress_format(&plan, view, columns, line);
        assert_string_equal(line, expected);
}

static void shows_a_job(void **state)
{
        struct progress_view view = { .number = 0, .elapsed_s = 15, .next = &entries[1] };

        (void)state;
        assert_line(
                &view, 79, "job 1 of 2 reduce on GPU 0 [#####...............] 15/60 s, next: scan");
        view = (struct progress_view){ .number = 1, .elapsed_s = 9 };
        assert_line(&view, 79, "job 2 of 2 scan [####################] 9/0 s");
}

/* First what comes next, then the bar, then the end of the name; then there is no room at all. */
static void leaves_out_what_does_not_fit(void **state)
{
        struct progress_view view = { .number = 0, .elapsed_s = 15, .next = &entries[1] };

        (void)state;
        assert_line(
                &view, 69, "job 1 of 2 reduce on GPU 0 [#####...............] 15/60 s, next: scan");
        assert_line(&view, 68, "job 1 of 2 reduce on GPU 0 [#####...............] 15/60 s");
        assert_line(&view, 57, "job 1 of 2 reduce on GPU 0 [#####...............] 15/60 s");
        assert_line(&view, 56, "job 1 of 2 reduce on GPU 0 15/60 s");
        assert_line(&view, 34, "job 1 of 2 reduce on GPU 0 15/60 s");
        assert_line(&view, 33, "job 1 of 2 reduce on GPU… 15/60 s");
        assert_line(&view, 20, "job 1 of 2 … 15/60 s");
        assert_line(&view, 9, "… 15/60 s");
        assert_line(&view, 5, " 15/…");
        assert_line(&view, 1, "…");
        assert_line(&view, 0, "");
}

static void always_fits_a_line(void **state)
{
        struct progress_view view = { .number = 0, .next = &entries[1] };
        char line[PROGRESS_MOST];
        struct job before[2];

        (void)state;
        memcpy(before, jobs, sizeof(jobs));
        for (size_t length = 0; length <= JOB_MAX_NAME; length++) {
                memset(jobs[0].name, 'a', length);
                jobs[0].name[length] = '\0';
                memset(jobs[1].name, 'b', length);
                jobs[1].name[length] = '\0';
                for (double s = 0; s < 1e9; s = s * 10 + 1) {
                        view.elapsed_s = s;
                        for (size_t columns = 0; columns < 300; columns += 7) {
                                progress_format(&plan, &view, columns, line);
                                assert_true(columns_of(line) <= columns);
                                assert_int_equal(utf8_valid(line, strlen(line)), strlen(line));
                        }
                        progress_format(&plan, &view, 79, line);
                        assert_non_null(strstr(line, "job 1 of 2 "));
                        assert_non_null(strstr(line, "/60 s"));
                        /* Where it is no terminal. */
                        progress_format(&plan, &view, PROGRESS_MOST, line);
                        assert_null(strstr(line, "…"));
                        assert_non_null(strstr(line, ", next: "));
                }
        }
        memcpy(jobs, before, sizeof(jobs));
}

/* What a job says is the job's, cut anywhere. */
static void is_safe_whatever_a_job_says(void **state)
{
        static const char *const doing[] = { "Größe 5/7", "\xe2\x80", "\x1b[2J\r",
                "二二二二二二二二", "🙂🙂🙂🙂🙂🙂",
                "\xff\xff\xff\xff\xff\xff\xff\xff" };
        char line[PROGRESS_MOST];

        (void)state;
        for (size_t i = 0; i < sizeof(doing) / sizeof(doing[0]); i++) {
                struct progress_view view = { .number = 0, .doing = doing[i] };

                for (size_t columns = 0; columns < 120; columns++) {
                        progress_format(&plan, &view, columns, line);
                        assert_true(columns_of(line) <= columns);
                        assert_true(text_is_plain(line, strlen(line)));
                }
        }
}

/* --- columns --- */

static void assert_cut(const char *text, size_t columns, const char *expected)
{
        char out[64];

        columns_cut(text, columns, out, sizeof(out));
        assert_string_equal(out, expected);
}

static void cuts_between_characters(void **state)
{
        char out[8];

        (void)state;
        assert_cut("abc", 3, "abc");
        assert_cut("abcd", 3, "ab…");
        assert_cut("äöüß", 4, "äöüß");
        assert_cut("äöüß", 3, "äö…");
        assert_cut("äöüß", 1, "…");
        assert_cut("äöüß", 0, "");
        assert_cut("日本語", 6, "日本語");
        assert_cut("日本語", 5, "日本…");
        assert_cut("日本語", 4, "日…");
        assert_cut("日本語", 2, "…");
        assert_cut("a🙂b", 4, "a🙂b");
        assert_cut("a🙂b", 3, "a…");
        assert_cut("", 0, "");
        assert_int_equal(columns_of("aä日🙂…"), 7);
        /* The buffer may be the smaller one of the two. */
        columns_cut("äöüßäöüß", 8, out, sizeof(out));
        assert_string_equal(out, "äö…");
}

static void breaks_at_blanks(void **state)
{
        size_t skip;

        (void)state;
        assert_int_equal(columns_break("one two three", 13, &skip), 13);
        assert_int_equal(skip, 0);
        assert_int_equal(columns_break("one two three", 12, &skip), 7);
        assert_int_equal(skip, 1);
        assert_int_equal(columns_break("one two three", 7, &skip), 7);
        assert_int_equal(skip, 1);
        assert_int_equal(columns_break("a /very/long/path", 10, &skip), 10);
        assert_int_equal(skip, 0);
        assert_int_equal(columns_break("日本", 1, &skip), 3);
        assert_int_equal(skip, 0);
}

/* Nothing but whole lines where the output is no terminal. */
static void is_plain_in_a_file(void **state)
{
        struct progress_view view = { .number = 0, .elapsed_s = 5 };
        struct outcome outcome = { .status = STATUS_PASS, .wall_s = 5.5 };
        struct progress progress;
        char *text = NULL;
        size_t length;
        FILE *file = tmpfile();

        (void)state;
        progress_open(&progress, file, &plan);
        assert_false(progress.terminal);
        assert_true(progress_period(&progress) >= 5);
        progress_started(&progress, 0);
        progress_show(&progress, &view);
        progress_ended(&progress, 0, &outcome);
        progress_erase(&progress);
        rewind(file);
        assert_true(getdelim(&text, &length, '\0', file) > 0);
        assert_string_equal(text, "job 1 of 2 reduce on GPU 0: running, at most 60 s\n"
                                  "job 1 of 2 reduce on GPU 0 [#...................] 5/60 s\n"
                                  "job 1 of 2 reduce on GPU 0: pass (5.500 s)\n");
        free(text);
        fclose(file);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(shows_a_job),
                cmocka_unit_test(leaves_out_what_does_not_fit),
                cmocka_unit_test(always_fits_a_line),
                cmocka_unit_test(is_safe_whatever_a_job_says),
                cmocka_unit_test(cuts_between_characters),
                cmocka_unit_test(breaks_at_blanks),
                cmocka_unit_test(is_plain_in_a_file),
        };

        cmocka_set_message_output(CM_OUTPUT_TAP);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
