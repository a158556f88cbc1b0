/* How often a test repeats what chance must hit. */
#pragma once

#include <stdlib.h>
#include <string.h>

/* Enough to see it each time; with LONG=yes, as `make test-all` has it, as often as it takes to
 * believe it. */
static inline unsigned repeats(unsigned count, unsigned long_count)
{
        const char *is_long = getenv("LONG");

        return is_long && strcmp(is_long, "yes") == 0 ? long_count : count;
}
