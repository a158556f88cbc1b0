/* The monotonic clock: all times of the runner, of init's events, and of limits. */
#pragma once

#include <time.h>

static inline double clock_seconds(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* In whole milliseconds, for limits. */
static inline long long clock_ms(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}
