#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "initramfs/stage/child.h"
#include "tests/unit/tap.h"

static struct outcome run(const char *script, unsigned int deadline_s, struct capture *capture)
{
        char *argv[] = { "/bin/sh", "-c", (char *)script, NULL };
        struct outcome outcome;

        assert_true(child_run(argv, NULL, deadline_s, false, &outcome, capture));
        return outcome;
}

/* A zombie that whoever adopted it has not reaped yet has no program: it cannot run any more. */
static bool is_alive(pid_t process)
{
        char path[64], target[256];

        snprintf(path, sizeof(path), "/proc/%d/exe", (int)process);
        return readlink(path, target, sizeof(target)) > 0;
}

static void output_and_exit_code(void **state)
{
        struct capture capture;
        struct outcome outcome = run("echo out; echo err >&2; exit 3", 10, &capture);

        (void)state;
        assert_true(outcome.exited);
        assert_int_equal(outcome.exit_code, 3);
        assert_false(outcome.deadline);
        assert_int_equal(capture.length, 8);
        assert_memory_equal(capture.text, "out\nerr\n", 8);
        free(capture.text);
}

static void signal_is_told_apart(void **state)
{
        struct capture capture;
        struct outcome outcome = run("kill -SEGV $$", 10, &capture);

        (void)state;
        assert_false(outcome.exited);
        assert_int_equal(outcome.signal, SIGSEGV);
        free(capture.text);
}

static void missing_program(void **state)
{
        char *argv[] = { "/no/such/program", NULL };
        struct capture capture;
        struct outcome outcome;

        (void)state;
        assert_true(child_run(argv, NULL, 10, false, &outcome, &capture));
        assert_int_equal(outcome.exit_code, 127);
        assert_non_null(memmem(capture.text, capture.length, "/no/such/program", 16));
        free(capture.text);
}

/* A child that ignores SIGTERM and its own child are both gone after deadline and grace. */
static void deadline_kills_the_group(void **state)
{
        time_t before = time(NULL);
        struct capture capture;
        struct outcome outcome;
        pid_t grandchild;

        (void)state;
        signal(SIGTERM, SIG_IGN); /* inherited: the deadline may come before its first line does */
        outcome = run("sleep 1000 & echo $!; while :; do sleep 1; done", 2, &capture);
        signal(SIGTERM, SIG_DFL);
        assert_true(outcome.deadline);
        assert_int_equal(outcome.signal, SIGKILL);
        assert_true(time(NULL) - before < 30);
        grandchild = (pid_t)strtol(capture.text, NULL, 10);
        assert_true(grandchild > 1);
        for (int i = 0; i < 200 && is_alive(grandchild); i++)
                usleep(10000);
        assert_false(is_alive(grandchild));
        free(capture.text);
}

static void endless_output_is_cut(void **state)
{
        struct capture capture;
        struct outcome outcome =
                run("head -c 3000000 /dev/zero | tr '\\0' x; exit 0", 30, &capture);

        (void)state;
        assert_true(outcome.exited);
        assert_int_equal(capture.length, CAPTURE_LIMIT);
        assert_int_equal(capture.lost, 3000000 - CAPTURE_LIMIT);
        free(capture.text);
}

/* Nothing of init's own, which Linux fills with what it does not know of its command line. */
static void environment_is_fixed(void **state)
{
        static const char expected[] = "PATH=/bin:/sbin\nHOME=/\nTERM=linux\n"
                                       "LD_LIBRARY_PATH=/usr/lib/forestage\n";
        char *argv[] = { "/usr/bin/env", NULL };
        struct capture capture;
        struct outcome outcome;

        (void)state;
        setenv("LD_PRELOAD", "/nowhere/evil.so", 1);
        setenv("IFS", "/", 1);
        setenv("GCONV_PATH", "/nowhere", 1);
        setenv("LOCPATH", "/nowhere", 1);
        assert_true(child_run(argv, NULL, 10, false, &outcome, &capture));
        unsetenv("LD_PRELOAD");
        unsetenv("IFS");
        unsetenv("GCONV_PATH");
        unsetenv("LOCPATH");
        assert_int_equal(outcome.exit_code, 0);
        assert_int_equal(capture.length, strlen(expected));
        assert_memory_equal(capture.text, expected, capture.length);
        free(capture.text);
}

/* A program that goes into the background lives on if its first process ended well, and only then.
 */
static void a_daemon_outlives_its_first_process(void **state)
{
        static const int codes[] = { 0, 1 };

        (void)state;
        for (size_t i = 0; i < 2; i++) {
                char script[64];
                char *argv[] = { "/bin/sh", "-c", script, NULL };
                struct capture capture;
                struct outcome outcome;
                pid_t left;

                snprintf(script, sizeof(script), "sleep 60 & echo $!; exit %d", codes[i]);
                assert_true(child_start_daemon(argv, 10, &outcome, &capture));
                assert_int_equal(outcome.exit_code, codes[i]);
                left = (pid_t)strtol(capture.text, NULL, 10);
                assert_true(left > 1);
                free(capture.text);
                usleep(50000);
                assert_int_equal(is_alive(left), codes[i] == 0);
                kill(left, SIGKILL);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(environment_is_fixed),
                cmocka_unit_test(a_daemon_outlives_its_first_process),
                cmocka_unit_test(output_and_exit_code),
                cmocka_unit_test(signal_is_told_apart),
                cmocka_unit_test(missing_program),
                cmocka_unit_test(deadline_kills_the_group),
                cmocka_unit_test(endless_output_is_cut),
        };

        return run_tap(tests);
}
