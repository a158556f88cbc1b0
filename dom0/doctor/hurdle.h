/*
 * What stands between this dom0 and CUDA on its GPUs now, in the order in which it would be met,
 * and what to do about each. Pure. What is known, and how, is docs/feasibility.md's, sections 2, 3
 * and 5: nothing of this was seen on a machine with Xen and a GPU.
 */
#pragma once

#include <stddef.h>

#include "dom0/doctor/facts.h"

enum hurdle_state {
        HURDLE_BLOCKS,  /* CUDA fails there */
        HURDLE_RISKS,   /* results may be wrong without an error */
        HURDLE_UNKNOWN, /* nobody knows, or it could not be found out */
};

struct hurdle {
        enum hurdle_state state;
        const char *id; /* one word, for programs */
        char text[400];
        char next[400]; /* what to do about it; "" nothing */
};

#define HURDLES_MAX 8u

/* Writes at most HURDLES_MAX and returns their number: 0 on what is no dom0. */
size_t hurdles_find(const struct host_facts *facts, struct hurdle ret_hurdles[HURDLES_MAX]);

const char *hurdle_state_name(enum hurdle_state state); /* for JSON and text alike */
