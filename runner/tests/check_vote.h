/* Numbers that the quarters of all multiprocessors made of the same inputs: most are right. */
#pragma once

#include "runner/check/check.h"

/* One number of each of `count` things, by quarter; those with no round of `set` have none. */
struct ballot {
        const unsigned long long *number; /* [CHECK_MAX_SM][CHECK_QUARTERS][count] */
        unsigned count, set;
};

/* The number of `thing` that more than half of all quarters have; false: no half agrees. */
bool vote_most(
        const struct check *check, const struct ballot *ballot, unsigned thing, uint64_t *ret_most);

/* Adds those that have another to the report, with `thing` as their place. */
void vote_add_differing(
        struct check *check, const struct ballot *ballot, unsigned thing, uint64_t most);
