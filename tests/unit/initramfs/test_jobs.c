/* When the jobs may run, how their end is told, and that no byte of others reaches the record. */
#include "initramfs/jobs.h"
#include "lib/escape.h"
#include "tests/unit/tap.h"

static char region;

static void jobs_need_region_confinement_and_gpu(void **state)
{
        struct stage stage = { .region = &region, .confined = true };

        (void)state;
        assert_null(jobs_refusal(&stage, false));
        assert_string_equal(
                jobs_refusal(&stage, true), "a GPU does not answer: the jobs are not started");
        stage.confined = false;
        assert_string_equal(jobs_refusal(&stage, false),
                "the jobs could not be confined: they are not started");
        stage = (struct stage){ .confined = true };
        assert_string_equal(jobs_refusal(&stage, false), "no region: the jobs are not started");
}

/* Nothing has been taken away before somebody says so. */
static void a_fresh_stage_is_not_confined(void **state)
{
        struct stage stage = { .region = &region };

        (void)state;
        assert_non_null(jobs_refusal(&stage, false));
}

static void tells_how_the_runner_ended(void **state)
{
        static const struct {
                struct outcome outcome;
                const char *error; /* NULL: by itself */
        } rows[] = {
                { { .exited = true, .exit_code = 0 }, NULL },
                { { .exited = true, .exit_code = 1 }, NULL },
                { { .exited = true, .exit_code = 4 }, NULL },
                { { .signal = 11 }, "run was killed by signal 11" },
                { { .signal = 15, .deadline = true },
                        "the jobs took longer than 5 s and were ended" },
                { { .exited = true, .exit_code = CHILD_UNCONFINED },
                        "run could not be confined: no job was started" },
                { { .exited = true, .exit_code = CHILD_NOT_STARTED }, "run could not be started" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct stage stage = { .runner = rows[i].outcome, .config.deadline_s = 5 };

                assert_int_equal(jobs_ended(&stage, "run"), rows[i].error == NULL);
                assert_string_equal(stage.error, rows[i].error ? rows[i].error : "");
        }
}

/* forestage.conf's bytes stand in the messages about it; JSON takes valid UTF-8 only. */
static void errors_are_plain_text(void **state)
{
        static const char *const hostile[] = { "a\x1b[31mb", "a\xff", "a\xc2\x9b", "a\x9b", "a\rb",
                "a\xe2\x80\xae", "a\nb" };
        struct stage stage = { 0 };
        char wide[2 * STAGE_TEXT];

        (void)state;
        for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
                assert_false(stage_fail(&stage, "forestage.conf:1: unknown key %s", hostile[i]));
                assert_true(text_is_plain(stage.error, strlen(stage.error)));
                assert_non_null(strstr(stage.error, "unknown key a"));
        }
        memset(wide, 0x9b, sizeof(wide) - 1);
        wide[sizeof(wide) - 1] = '\0';
        assert_false(stage_fail(&stage, "%s", wide));
        assert_true(text_is_plain(stage.error, strlen(stage.error)));
        assert_true(strlen(stage.error) < sizeof(stage.error));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(jobs_need_region_confinement_and_gpu),
                cmocka_unit_test(a_fresh_stage_is_not_confined),
                cmocka_unit_test(tells_how_the_runner_ended),
                cmocka_unit_test(errors_are_plain_text),
        };

        return run_tap(tests);
}
