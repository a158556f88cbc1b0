/* What all jobs need together: the room of their results, and the time that they may take. */
#pragma once

#include <stdint.h>

#include <jansson.h>

#include "dom0/check/review.h"

/* The sums over all jobs. */
struct jobtotals {
        uint64_t jobs, sweeps; /* a point is a job */
        uint64_t complaints, warnings, programs, entries;
        uint64_t outputs, results, printed, milliseconds;
        uint64_t stored; /* of the store */
};

/* So large a sum that nothing fits it, instead of one that is too small. */
uint64_t jobtotals_add(uint64_t a, uint64_t b);
uint64_t jobtotals_multiply(uint64_t a, uint64_t b);

/* Counts a file that the job will leave, where it goes: into the region, or into a store. */
void jobtotals_take_output(struct review *review, const char *file, uint64_t bytes);

/* Bytes of the region for all of it. */
uint64_t jobtotals_region(const struct jobtotals *totals);

/* Adds one job's; complains of the job with which the region is too small, when that is asked. */
void jobtotals_take(struct jobtotals *totals, struct review *review);

/*
 * Holds the time that the jobs of one GPU may take, and the least that they take, against the
 * deadline: `lists` has an object with "complaints" and "warnings" for each job, in their order.
 * Returns the seconds that they may take on the GPU that has most to do.
 */
uint64_t jobtotals_compare_times(
        const struct jobfolder *jobs, const struct target *target, json_t *lists);
