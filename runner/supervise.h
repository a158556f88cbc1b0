/* One run from its plan to its last record. */
#pragma once

#include "jobs/jobfolder.h"
#include "runner/options.h"
#include "runner/region_map.h"
#include "runner/storage.h"

/* Exit codes, the same as those of `forestage collect`. */
enum exit_code {
        EXIT_PASSED = 0,
        EXIT_NOT_PASSED = 1, /* or nothing ran */
        EXIT_WRONG_USAGE = 2,
        EXIT_NO_REGION = 4, /* it could not be written, or not completely */
};

/*
 * Runs all jobs and records everything; unless --keep-open, writes RUN and seals the region.
 * Prints a line as each job starts and ends.
 */
enum exit_code supervise(const struct options *options, const struct jobfolder *jobs,
        struct region_map *map, struct storage *storage);
