#include "runner/machine/settle.h"

#include <math.h>

static unsigned place(const struct settle *settle, unsigned i)
{
        return (settle->first + i) % SETTLE_POINTS;
}

static void drop_first(struct settle *settle)
{
        settle->first = place(settle, 1);
        settle->count--;
}

void settle_take(struct settle *settle, double time_s, double value)
{
        if (!settle->begun)
                settle->since_s = time_s;
        settle->begun = true;
        while (settle->count > 0 && settle->time_s[settle->first] < time_s - settle->window_s)
                drop_first(settle);
        if (settle->count == SETTLE_POINTS)
                drop_first(settle);
        settle->time_s[place(settle, settle->count)] = time_s;
        settle->value[place(settle, settle->count)] = value;
        settle->count++;
}

/* Of those that did not fail. */
struct known {
        unsigned count;
        double first_s, last_s, mean_s, mean;
};

static struct known known_of(const struct settle *settle)
{
        struct known known = { 0 };

        for (unsigned i = 0; i < settle->count; i++) {
                double time_s = settle->time_s[place(settle, i)];
                double value = settle->value[place(settle, i)];

                if (isnan(value))
                        continue;
                if (known.count++ == 0)
                        known.first_s = time_s;
                known.last_s = time_s;
                known.mean_s += (time_s - known.mean_s) / known.count;
                known.mean += (value - known.mean) / known.count;
        }
        return known;
}

static bool is_enough(const struct settle *settle, const struct known *known)
{
        double end_s = settle->time_s[place(settle, settle->count - 1)];
        double start_s = end_s - settle->window_s, quarter_s = settle->window_s / 4;

        return settle->since_s <= start_s && 2 * known->count >= settle->count &&
               known->first_s <= start_s + quarter_s && known->last_s >= end_s - quarter_s;
}

bool settle_slope(const struct settle *settle, double *ret_per_min)
{
        struct known known = known_of(settle);
        double both = 0, times = 0;

        if (known.count < 2 || !is_enough(settle, &known))
                return false;
        for (unsigned i = 0; i < settle->count; i++) {
                double from_mean = settle->time_s[place(settle, i)] - known.mean_s;
                double value = settle->value[place(settle, i)];

                if (isnan(value))
                        continue;
                both += from_mean * (value - known.mean);
                times += from_mean * from_mean;
        }
        if (times <= 0)
                return false;
        *ret_per_min = 60 * both / times;
        return true;
}
