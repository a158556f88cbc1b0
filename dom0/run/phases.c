#include "dom0/run/phases.h"

#include <math.h>
#include <string.h>

/* Below this the counter's rate would be mostly rounding. */
#define SHORTEST_CALIBRATION_S 0.001

static const struct {
        const char *event;
        enum phases_point point;
        bool last; /* of several events of the name the last counts, not the first */
} points[] = {
        { "efi.entry", POINT_EFI_ENTRY, false },
        { "efi.start", POINT_EFI_START, false },
        { "stage.init", POINT_STAGE_INIT, false },
        { "runner.start", POINT_RUNNER_START, false },
        { "runner.end", POINT_RUNNER_END, true },
};

static const struct {
        const char *name;
        enum phases_point from, to;
} spans[PHASES_MAX] = {
        { "efi_s", POINT_EFI_ENTRY, POINT_EFI_START },
        { "linux_s", POINT_EFI_START, POINT_STAGE_INIT },
        { "jobs_s", POINT_RUNNER_START, POINT_RUNNER_END },
        { "stage_s", POINT_STAGE_INIT, POINT_LAST },
        { "total_s", POINT_FIRST, POINT_LAST },
};

static bool is_set(const struct moment *moment)
{
        return moment->has_tsc || moment->has_monotonic;
}

static void set(struct moment *moment, const struct moment *value, bool last)
{
        if (last || !is_set(moment))
                *moment = *value;
}

void phases_note(
        struct phases *phases, const char *event, size_t length, const struct moment *moment)
{
        if (!is_set(moment))
                return;
        set(&phases->points[POINT_FIRST], moment, false);
        set(&phases->points[POINT_LAST], moment, true);
        if (moment->has_tsc && moment->has_monotonic) {
                set(&phases->early, moment, false);
                set(&phases->late, moment, true);
        }
        for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++)
                if (strlen(points[i].event) == length &&
                        memcmp(points[i].event, event, length) == 0)
                        set(&phases->points[points[i].point], moment, points[i].last);
}

/* Ticks of the time-stamp counter in a second, or 0 when the log does not tell. */
static double tick_rate(const struct phases *phases)
{
        double seconds = phases->late.monotonic_s - phases->early.monotonic_s;

        if (!is_set(&phases->early) || !(seconds >= SHORTEST_CALIBRATION_S) ||
                phases->late.tsc <= phases->early.tsc)
                return 0;
        return (double)(phases->late.tsc - phases->early.tsc) / seconds;
}

/* Seconds between two moments, to the microsecond; negative when they cannot be compared or go
 * backwards. */
static double span_seconds(const struct moment *from, const struct moment *to, double rate)
{
        double seconds = -1;

        if (from->has_monotonic && to->has_monotonic)
                seconds = to->monotonic_s - from->monotonic_s;
        else if (from->has_tsc && to->has_tsc && to->tsc >= from->tsc && rate > 0)
                seconds = (double)(to->tsc - from->tsc) / rate;
        return isfinite(seconds) ? round(seconds * 1e6) / 1e6 : -1;
}

size_t phases_compute(const struct phases *phases, struct phase ret_phases[PHASES_MAX])
{
        double rate = tick_rate(phases);
        size_t count = 0;

        for (size_t i = 0; i < PHASES_MAX; i++) {
                double seconds = span_seconds(
                        &phases->points[spans[i].from], &phases->points[spans[i].to], rate);

                if (seconds >= 0)
                        ret_phases[count++] = (struct phase){ spans[i].name, seconds };
        }
        return count;
}
