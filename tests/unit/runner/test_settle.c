/* The slope of a temperature: by least squares over a window, with gaps. */
#include "runner/machine/settle.h"
#include "tests/unit/tap.h"

#include <math.h>

static struct settle settle;

static void begin(double window_s)
{
        settle = (struct settle){ .window_s = window_s };
}

/* Ten readings a second from `from_s` on: so many degrees at first, and so many more a minute. */
static double take(double from_s, double seconds, double celsius, double per_min)
{
        for (unsigned i = 0; i < (unsigned)(10 * seconds + 0.5); i++)
                settle_take(&settle, from_s + i / 10.0, celsius + per_min * i / 600.0);
        return from_s + seconds;
}

static void assert_slope(double wanted)
{
        double slope = NAN;

        assert_true(settle_slope(&settle, &slope));
        assert_true(fabs(slope - wanted) < 1e-6 + 1e-6 * fabs(wanted));
}

static void assert_unknown(void)
{
        double slope = 12;

        assert_false(settle_slope(&settle, &slope));
        assert_true(slope == 12);
}

static void of_a_line(void **state)
{
        (void)state;
        begin(60);
        take(1000, 61, 40, 3);
        assert_slope(3);
        begin(60);
        take(0, 61, 80, -7.5);
        assert_slope(-7.5);
        begin(60);
        take(0, 61, 80, 0);
        assert_slope(0);
}

/* What was before the window is nothing to it. */
static void of_the_window_alone(void **state)
{
        double now, slope;

        (void)state;
        begin(60);
        now = take(0, 300, 40, 10);
        assert_slope(10);
        now = take(now, 30, 90, 0);
        assert_true(settle_slope(&settle, &slope));
        assert_true(slope > 0.5 && slope < 10);
        take(now, 61, 90, 0);
        assert_slope(0);
}

static void before_the_window_is_full(void **state)
{
        double now;

        (void)state;
        begin(60);
        assert_unknown();
        now = take(0, 0.1, 40, 0);
        assert_unknown();
        now = take(now, 59.5, 40, 0);
        assert_unknown();
        take(now, 1, 40, 0);
        assert_slope(0);
}

static void with_gaps(void **state)
{
        (void)state;
        begin(60);
        for (unsigned i = 0; i <= 610; i++)
                settle_take(&settle, i / 10.0, i % 2 || i % 5 == 0 ? 40 + i / 600.0 : NAN);
        assert_slope(1);
        begin(60); /* a hole of twenty seconds */
        for (unsigned i = 0; i <= 610; i++)
                settle_take(&settle, i / 10.0, i > 200 && i < 400 ? NAN : 40 + i / 600.0);
        assert_slope(1);
}

/* A gap is no reading of zero, and too many of them are no slope. */
static void with_too_many_gaps(void **state)
{
        (void)state;
        begin(60);
        for (unsigned i = 0; i <= 610; i++)
                settle_take(&settle, i / 10.0, i % 3 == 0 ? 40 : NAN);
        assert_unknown();
        begin(60); /* none at the end */
        for (unsigned i = 0; i <= 610; i++)
                settle_take(&settle, i / 10.0, i < 420 ? 40 : NAN);
        assert_unknown();
        begin(60); /* none at the beginning */
        for (unsigned i = 0; i <= 610; i++)
                settle_take(&settle, i / 10.0, i > 190 ? 40 : NAN);
        assert_unknown();
        begin(60);
        for (unsigned i = 0; i <= 610; i++)
                settle_take(&settle, i / 10.0, NAN);
        assert_unknown();
}

/* NVML tells whole degrees: half a degree a minute is a step every two. */
static void in_whole_degrees(void **state)
{
        double slope;

        (void)state;
        begin(60);
        for (unsigned i = 0; i <= 6000; i++)
                settle_take(&settle, i / 10.0, floor(40 + 6 * i / 600.0));
        assert_true(settle_slope(&settle, &slope));
        assert_true(slope > 5 && slope < 7);
}

/* Faster than it is meant for: what it cannot keep is no window. */
static void readings_that_come_too_fast(void **state)
{
        (void)state;
        begin(60);
        for (unsigned i = 0; i <= 61000; i++)
                settle_take(&settle, i / 1000.0, 40);
        assert_unknown();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(of_a_line),
                cmocka_unit_test(of_the_window_alone),
                cmocka_unit_test(before_the_window_is_full),
                cmocka_unit_test(with_gaps),
                cmocka_unit_test(with_too_many_gaps),
                cmocka_unit_test(in_whole_degrees),
                cmocka_unit_test(readings_that_come_too_fast),
        };

        return run_tap(tests);
}
