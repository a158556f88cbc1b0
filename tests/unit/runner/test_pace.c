/* When jobs run side by side again, after some that did not come to a good end so. */
#include "runner/kernel/pace.h"
#include "tests/unit/tap.h"

static void each_of_a_lost_flight_runs_alone(void **state)
{
        struct pace pace = { 0 };

        (void)state;
        pace_lost(&pace, 8, false);
        assert_int_equal(pace.alone, 8);
        for (int i = 0; i < 8; i++)
                pace_alone(&pace);
        assert_int_equal(pace.alone, 0);
        pace_alone(&pace);
        assert_int_equal(pace.alone, 0);
}

/* Twice as many each time, whatever was good in between, where a process was lost. */
static void a_lost_process_is_remembered(void **state)
{
        struct pace pace = { 0 };

        (void)state;
        for (size_t more = 64; more <= 1024; more *= 2) {
                pace_lost(&pace, 4, true);
                assert_int_equal(pace.alone, 4 + more);
                pace.alone = 0;
                pace_won(&pace, false);
                assert_int_equal(pace.alone, 0);
        }
        pace_won(&pace, true);
        assert_int_equal(pace.alone, 2048);
}

static void a_wrong_value_is_forgotten(void **state)
{
        struct pace pace = { 0 };

        (void)state;
        assert_int_equal(pace_jobs(&pace, 32), 32);
        pace_lost(&pace, 32, false);
        assert_int_equal(pace.alone, 32);
        assert_int_equal(pace_jobs(&pace, 32), 16);
        pace_won(&pace, false);
        assert_int_equal(pace_jobs(&pace, 32), 32);
        pace_lost(&pace, 32, false);
        assert_int_equal(pace.alone, 32);
        pace_lost(&pace, 16, false);
        assert_int_equal(pace.alone, 16 + 32);
        pace_lost(&pace, 8, false);
        assert_int_equal(pace.alone, 8 + 32);
        assert_int_equal(pace_jobs(&pace, 32), 4);
        assert_int_equal(pace_jobs(&pace, 8), 2);
        pace_won(&pace, false);
        pace_lost(&pace, 8, false);
        assert_int_equal(pace.alone, 8);
}

/* Where all flights have a wrong value, few jobs run twice. */
static void losses_by_values_are_few(void **state)
{
        struct pace pace = { 0 };
        size_t twice = 0, jobs;

        (void)state;
        for (size_t job = 0; job < 100000; job++) {
                jobs = pace_jobs(&pace, 32);
                if (pace.alone == 0) {
                        pace_lost(&pace, jobs, false);
                        twice += jobs;
                }
                pace_alone(&pace);
        }
        assert_in_range(twice, 32 + 16 + 8 + 4 + 2, 128);
}

/* Of a million jobs of which each flight would be lost, few run twice. */
static void losses_are_a_logarithm(void **state)
{
        struct pace pace = { 0 };
        size_t lost = 0;

        (void)state;
        for (size_t job = 0; job < 1000000; job++) {
                if (pace.alone == 0) {
                        pace_lost(&pace, 8, true);
                        lost++;
                }
                pace_alone(&pace);
        }
        assert_in_range(lost, 10, 15);
}

static void it_never_overflows(void **state)
{
        struct pace pace = { 0 };

        (void)state;
        for (int i = 0; i < 1000; i++) {
                pace_lost(&pace, 32, i % 2);
                assert_true(pace.alone >= 32 && pace.alone < (size_t)1 << 42);
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_of_a_lost_flight_runs_alone),
                cmocka_unit_test(a_lost_process_is_remembered),
                cmocka_unit_test(a_wrong_value_is_forgotten),
                cmocka_unit_test(losses_by_values_are_few),
                cmocka_unit_test(losses_are_a_logarithm),
                cmocka_unit_test(it_never_overflows),
        };

        return run_tap(tests);
}
