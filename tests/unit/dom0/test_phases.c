#include "dom0/run/phases.h"
#include "tests/unit/tap.h"

#define HZ 1e9

static void note(struct phases *phases, const char *event, double tsc_s, double monotonic_s)
{
        struct moment moment = {
                .has_tsc = tsc_s >= 0,
                .has_monotonic = monotonic_s >= 0,
                .tsc = tsc_s >= 0 ? (uint64_t)(tsc_s * HZ) : 0,
                .monotonic_s = monotonic_s,
        };

        phases_note(phases, event, strlen(event), &moment);
}

static double seconds(const struct phases *phases, const char *name)
{
        struct phase found[PHASES_MAX];
        size_t count = phases_compute(phases, found);

        for (size_t i = 0; i < count; i++)
                if (strcmp(found[i].name, name) == 0)
                        return found[i].seconds;
        return -1;
}

static void a_whole_run(void **state)
{
        struct phases phases = { 0 };

        (void)state;
        note(&phases, "efi.entry", 100, -1);
        note(&phases, "efi.start", 101.5, -1);
        note(&phases, "stage.init", 105, 2);
        note(&phases, "runner.start", 106, 3);
        note(&phases, "job.end", 107, 4);
        note(&phases, "runner.end", 108, 5);
        note(&phases, "stage.seal", 110, 7);
        assert_float_equal(seconds(&phases, "efi_s"), 1.5, 1e-6);
        assert_float_equal(seconds(&phases, "linux_s"), 3.5, 1e-6);
        assert_float_equal(seconds(&phases, "jobs_s"), 2, 1e-6);
        assert_float_equal(seconds(&phases, "stage_s"), 5, 1e-6);
        assert_float_equal(seconds(&phases, "total_s"), 10, 1e-6);
}

static void only_what_is_there(void **state)
{
        struct phases phases = { 0 };
        struct phase found[PHASES_MAX];

        (void)state;
        assert_int_equal(phases_compute(&phases, found), 0);
        note(&phases, "run.where", -1, -1);
        assert_int_equal(phases_compute(&phases, found), 0);
        note(&phases, "efi.entry", 1, -1);
        note(&phases, "efi.start", 2, -1);
        assert_float_equal(seconds(&phases, "efi_s"), -1, 0); /* the rate is not known */
        note(&phases, "stage.init", 3, 1);
        assert_float_equal(seconds(&phases, "efi_s"), -1, 0);
        note(&phases, "stage.x", 5, 2); /* two ticks a second of HZ */
        assert_float_equal(seconds(&phases, "efi_s"), 0.5, 1e-6);
        assert_float_equal(seconds(&phases, "jobs_s"), -1, 0);
}

static void clocks_that_lie(void **state)
{
        struct phases phases = { 0 };

        (void)state;
        note(&phases, "efi.entry", 50, -1);
        note(&phases, "efi.start", 40, -1); /* backwards */
        note(&phases, "stage.init", 60, 5);
        note(&phases, "runner.start", 61, 9);
        note(&phases, "runner.end", 62, 6); /* backwards */
        assert_float_equal(seconds(&phases, "efi_s"), -1, 0);
        assert_float_equal(seconds(&phases, "jobs_s"), -1, 0);
        assert_float_equal(seconds(&phases, "stage_s"), 1, 1e-6);
}

static void the_first_start_and_the_last_end(void **state)
{
        struct phases phases = { 0 };

        (void)state;
        note(&phases, "runner.start", 1, 1);
        note(&phases, "runner.start", 2, 2);
        note(&phases, "runner.end", 3, 3);
        note(&phases, "runner.end", 5, 5);
        assert_float_equal(seconds(&phases, "jobs_s"), 4, 1e-6);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_whole_run),
                cmocka_unit_test(only_what_is_there),
                cmocka_unit_test(clocks_that_lie),
                cmocka_unit_test(the_first_start_and_the_last_end),
        };

        return run_tap(tests);
}
