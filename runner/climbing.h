/* forestage-run --ladder: the ladder climbed, and a line printed for each step. */
#pragma once

#include "runner/options.h"

enum climbing_end {
        CLIMBING_PASSED,    /* every step passed, or had nothing to do */
        CLIMBING_STOPPED,   /* one did not */
        CLIMBING_UNWRITTEN, /* the document cannot be written */
};

/* Needs process_setup. `why` (WHY_SIZE bytes) is set for the last of them only. */
enum climbing_end climbing_run(const struct options *options, char *why);
