/* Whether a folder of jobs can be armed: every job file, the files it names, the room they need. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"
#include "dom0/check/joblist.h"
#include "dom0/check/target.h"

struct job_check {
        size_t jobs;
        size_t complaints;     /* lines that were printed */
        size_t programs;       /* jobs of which nobody knows what they will collect */
        uint64_t region_bytes; /* that the declared outputs, results and logs take in the region */
        uint64_t store_bytes;  /* and in the store, where the target has one */
        uint64_t most_s;       /* that the jobs of one GPU may take: the sum of their time-outs */
};

/*
 * Checks a folder for a machine and its image: the one that `list` is of, or its copy. Each
 * complaint is a line on `to`, with file and line where there is one; so is, but for a copy, each
 * file that somebody may take for a job and that is not run. False when the folder cannot be read
 * or holds no job.
 */
bool job_check(const char *folder, const struct joblist *list, const struct target *target,
        FILE *to, struct job_check *ret_check, struct failure *ret_error);
