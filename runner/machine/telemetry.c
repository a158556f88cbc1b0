#include "runner/machine/telemetry.h"

#include <math.h>

#define POWER_CAP   UINT64_C(0x4)
#define HARDWARE    UINT64_C(0xc8) /* slowdown, thermal, power brake */
#define LEAST       2ul            /* readings of these that count */
#define LEAST_SHARE 0.01           /* of all */
/*
 * Of the power limit. 0.95 was meant; but a sound H200 was capped for seconds at 0.82 (572 W of
 * 700), with operands that make its current peak, at 93 % of its clock.
 */
#define FED_SHARE 0.75
#define SETTLE    15u /* readings until the mean that NVML tells has followed */
#define LONG      20u /* readings that make a stretch */

const char *telemetry_name(enum telemetry_column column)
{
        static const char *const names[TELEMETRY_COLUMNS + 1] = {
                [TELEMETRY_POWER_W] = "power_w",
                [TELEMETRY_TEMPERATURE_C] = "temperature_c",
                [TELEMETRY_MEMORY_TEMPERATURE_C] = "memory_temperature_c",
                [TELEMETRY_CLOCK_MHZ] = "clock_mhz",
                [TELEMETRY_MEMORY_CLOCK_MHZ] = "memory_clock_mhz",
                [TELEMETRY_THROTTLE] = "throttle",
                [TELEMETRY_PCIE_GENERATION] = "pcie_generation",
                [TELEMETRY_PCIE_WIDTH] = "pcie_width",
                [TELEMETRY_COLUMNS] = "time_ms",
        };

        return names[column];
}

/* The first of each pair stays. */
static void thin(struct telemetry *telemetry)
{
        for (unsigned i = 0; i < TELEMETRY_POINTS / 2; i++)
                telemetry->point[i] = telemetry->point[2 * i];
        telemetry->points = TELEMETRY_POINTS / 2;
        telemetry->every *= 2;
}

/* A cap is as it should be where the GPU gets what its limit allows: then it is the limit. */
static void take_power(struct telemetry *telemetry, uint64_t reasons, double power_w)
{
        bool known = !isnan(power_w) && telemetry->power_limit_w > 0;

        if (!(reasons & POWER_CAP) || !known) {
                telemetry->capped = 0;
                telemetry->fed = false;
                return;
        }
        telemetry->capped++;
        if (telemetry->capped > SETTLE && power_w >= FED_SHARE * telemetry->power_limit_w)
                telemetry->fed = true;
        if (telemetry->capped >= LONG && telemetry->capped % LONG == 0) {
                telemetry->starved += !telemetry->fed;
                telemetry->fed = false;
        }
}

void telemetry_take(struct telemetry *telemetry, const struct telemetry_point *point)
{
        double reasons = point->value[TELEMETRY_THROTTLE];
        uint64_t bits = isnan(reasons) ? 0 : (uint64_t)reasons;

        if (telemetry->every == 0)
                telemetry->every = 1;
        if (telemetry->points == TELEMETRY_POINTS)
                thin(telemetry);
        if (telemetry->samples % telemetry->every == 0)
                telemetry->point[telemetry->points++] = *point;
        telemetry->samples++;
        telemetry->last = *point;
        telemetry->throttled += (bits & HARDWARE) != 0;
        take_power(telemetry, bits, point->value[TELEMETRY_POWER_W]);
}

bool telemetry_complains(
        unsigned long samples, unsigned long throttled, unsigned long starved, char *why)
{
        if (throttled >= LEAST && (double)throttled > LEAST_SHARE * (double)samples) {
                why_not(why, "the hardware throttled the GPU in %lu of %lu readings", throttled,
                        samples);
                return true;
        }
        if (starved > 0)
                why_not(why,
                        "power was capped for two seconds %lu times, with less than %g %% of the "
                        "limit",
                        starved, 100 * FED_SHARE);
        return starved > 0;
}

json_t *telemetry_column(
        const struct telemetry *telemetry, enum telemetry_column column, unsigned from, unsigned to)
{
        json_t *list = json_array();

        for (unsigned i = from; i < to && i < telemetry->points; i++) {
                const struct telemetry_point *point = &telemetry->point[i];
                double value =
                        column < TELEMETRY_COLUMNS ? point->value[column] : 1e3 * point->time_s;

                json_array_append_new(
                        list, isnan(value) ? json_null() : json_integer(llround(value)));
        }
        return list;
}
