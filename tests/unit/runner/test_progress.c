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

#include "runner/progress.h"

static struct job jobs[2] = {
        { .name = "reduce", .timeout_ms = 60000 },
        { .name = "scan", .timeout_ms = 500 },
};
static struct entry entries[2] = { { .job = &jobs[0], .index = 0 },
        { .job = &jobs[1], .index = -1 } };
static struct plan plan = { entries, 2 };

static void shows_a_job(void **state)
{
        struct progress_view view = { .number = 0, .elapsed_s = 15, .next = &entries[1] };
        char line[PROGRESS_COLUMNS];

        (void)state;
        progress_format(&plan, &view, line);
        assert_string_equal(
                line, "job 1 of 2 reduce on GPU 0 [#####...............] 15/60 s, next: scan");
        view = (struct progress_view){ .number = 1, .elapsed_s = 9 };
        progress_format(&plan, &view, line);
        assert_string_equal(line, "job 2 of 2 scan [####################] 9/0 s");
}

static void always_fits_a_line(void **state)
{
        struct progress_view view = { .number = 0, .next = &entries[1] };
        char line[PROGRESS_COLUMNS];
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
                        progress_format(&plan, &view, line);
                        assert_true(strlen(line) < PROGRESS_COLUMNS);
                        assert_non_null(strstr(line, "job 1 of 2 "));
                        assert_non_null(strstr(line, "/60 s"));
                }
        }
        memcpy(jobs, before, sizeof(jobs));
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
                cmocka_unit_test(always_fits_a_line),
                cmocka_unit_test(is_plain_in_a_file),
        };

        cmocka_set_message_output(CM_OUTPUT_TAP);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
