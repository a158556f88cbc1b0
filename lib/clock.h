/* The monotonic clock that all of the runner's times are in. */
#pragma once

#include <time.h>

static inline double clock_seconds(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}
