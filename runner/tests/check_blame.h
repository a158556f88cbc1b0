/* What the kernels of a test found on the multiprocessors, and whether they reached all of them. */
#pragma once

#include "runner/check/check.h"

/*
 * Reads the kernels' report, adds what it says to the result, and judges it. Each quarter of each
 * multiprocessor has to have ended a round with each of so many sets: what was not tried cannot
 * pass. `things` are counted by the report ("wrong results"), one of them is called `thing`.
 */
enum status check_blame(
        struct check_run *run, unsigned sets, const char *things, const char *thing);

/* The same of memory on the chip, of which a multiprocessor has so many bytes under test. */
enum status check_blame_chip(
        struct check_run *run, uint64_t bytes, const char *things, const char *thing);

/* Adds the wrong ones of the report that was read to the result, and says the first: a fail. */
enum status check_blame_wrong(struct check_run *run, const char *things, const char *thing);
/* The same of the report as it was last read, to which the caller may have added. */
enum status check_blame_seen(
        struct check_run *run, unsigned sets, const char *things, const char *thing);

/* --- by votes: of numbers that all quarters made of the same inputs, most are right --- */

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
