/* Whether a temperature has settled: the slope of its readings over the last minute. Pure. */
#pragma once

#include <stdbool.h>

#define SETTLE_WINDOW_S  60.0
#define SETTLE_C_PER_MIN 0.5  /* it has settled where the slope, up or down, is less */
#define SETTLE_POINTS    640u /* ten a second, and a few more */

/* Readings in the order of their time; zeroed, with `window_s` set, before the first. */
struct settle {
        double window_s;
        double time_s[SETTLE_POINTS], value[SETTLE_POINTS];
        unsigned first, count;
        double since_s; /* when the first of all was taken */
        bool begun;
};

/* Takes a reading; NAN: it failed, which is a gap. */
void settle_take(struct settle *settle, double time_s, double value);

/*
 * The slope of the last `window_s` seconds by least squares, a minute. False: not known. There are
 * fewer seconds, more than half of the readings failed, or the others do not reach from the first
 * quarter of the time into the last.
 */
bool settle_slope(const struct settle *settle, double *ret_per_min);
