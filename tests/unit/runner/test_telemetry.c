/* Readings over the time of a check: what is kept of them, and what is a reason to fail. */
#include "runner/machine/telemetry.h"
#include "tests/unit/tap.h"

#include <math.h>

#define POWER_CAP 0x4
#define THERMAL   0x40

static struct telemetry telemetry;

/* So many readings, from the last one's time on. */
static void take(unsigned count, unsigned reasons, double power_w)
{
        for (unsigned i = 0; i < count; i++) {
                struct telemetry_point point = { .time_s = (double)telemetry.samples / 10 };

                for (enum telemetry_column k = 0; k < TELEMETRY_COLUMNS; k++)
                        point.value[k] = NAN;
                point.value[TELEMETRY_THROTTLE] = reasons;
                point.value[TELEMETRY_POWER_W] = power_w;
                telemetry_take(&telemetry, &point);
        }
}

static void begin(void)
{
        telemetry = (struct telemetry){ .power_limit_w = 700 };
}

static bool complains(void)
{
        char why[WHY_SIZE];

        return telemetry_complains(telemetry.samples, telemetry.throttled, telemetry.starved, why);
}

/* More than one in a hundred, and at least two. */
static void the_hardware_throttles(void **state)
{
        (void)state;
        begin();
        take(30, 0, 500);
        take(1, THERMAL, 500);
        assert_false(complains());
        take(1, THERMAL, 500);
        assert_true(complains());
        begin();
        take(198, 0, 500);
        take(2, THERMAL, 500);
        assert_false(complains());
        take(1, THERMAL, 500);
        assert_true(complains());
}

static void power_is_capped(void **state)
{
        (void)state;
        begin();
        take(19, POWER_CAP, 400); /* not for long */
        take(1, 0, 400);
        take(19, POWER_CAP, 400);
        assert_false(complains());
        take(1, POWER_CAP, 400);
        assert_true(complains());
        begin();
        take(15, POWER_CAP, 400); /* the mean that NVML tells follows */
        take(45, POWER_CAP, 526);
        assert_false(complains());
        take(20, POWER_CAP, 524);
        assert_true(complains());
        begin();
        take(60, POWER_CAP, 572); /* as an H200 in order does */
        assert_false(complains());
        begin();
        take(40, POWER_CAP, NAN); /* nobody knows */
        assert_false(complains());
        begin();
        telemetry.power_limit_w = 0;
        take(40, POWER_CAP, 400);
        assert_false(complains());
}

/* However long it takes, what is kept covers all of it, and is in order. */
static void the_series_is_thinned(void **state)
{
        json_t *times, *power;
        json_int_t last = -1;
        json_t *one;
        size_t i;

        (void)state;
        begin();
        take(5000, 0, 500.4);
        assert_int_equal(telemetry.samples, 5000);
        assert_true(telemetry.points > TELEMETRY_POINTS / 2 - 1);
        assert_true(telemetry.points <= TELEMETRY_POINTS);
        times = telemetry_column(&telemetry, TELEMETRY_COLUMNS, 0, TELEMETRY_POINTS);
        assert_int_equal(json_array_size(times), telemetry.points);
        json_array_foreach(times, i, one) {
                assert_true(json_integer_value(one) > last);
                last = json_integer_value(one);
                assert_int_equal(last % ((json_int_t)telemetry.every * 100), 0);
        }
        assert_true(last > 499900 - (json_int_t)telemetry.every * 100 - 1);
        power = telemetry_column(&telemetry, TELEMETRY_POWER_W, 10, 12);
        assert_int_equal(json_array_size(power), 2);
        assert_int_equal(json_integer_value(json_array_get(power, 0)), 500);
        json_decref(times);
        json_decref(power);
}

/* What could not be read is null, never zero. */
static void a_failed_reading_is_null(void **state)
{
        json_t *list;

        (void)state;
        begin();
        take(1, 0, NAN);
        list = telemetry_column(&telemetry, TELEMETRY_POWER_W, 0, 1);
        assert_true(json_is_null(json_array_get(list, 0)));
        json_decref(list);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_hardware_throttles),
                cmocka_unit_test(power_is_capped),
                cmocka_unit_test(the_series_is_thinned),
                cmocka_unit_test(a_failed_reading_is_null),
        };

        return run_tap(tests);
}
