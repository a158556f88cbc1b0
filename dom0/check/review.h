/* One job on its way through `check`, and what is said of it. */
#pragma once

#include <stdint.h>

#include <jansson.h>

#include "dom0/check/target.h"
#include "dom0/image/ptxentry.h"
#include "jobs/jobfolder.h"

/* What is worth reading of a file that a job names. */
#define REVIEW_FILE_MAX (UINT64_C(1) << 31)

struct review {
        const struct jobfolder *jobs;
        const struct job *job;
        const struct target *target;
        json_t *complaints, *warnings;
        uint64_t gpus;                              /* that the job runs on */
        uint64_t output_bytes;                      /* of the region, on one GPU; of all points */
        uint64_t store_bytes;                       /* the same of the store */
        uint64_t argument_bytes[JOB_MAX_ARGUMENTS]; /* of a kernel's buffers */
        struct ptxlaunch launch;                    /* what its PTX says of it */

        /* The job is a point of a sweep, and this is what was found out of the first: files that
         * are the same are not looked at again. NULL: it is none, or the first. */
        const struct review *first;
};

/* How many jobs the file makes. */
static inline uint64_t review_points(const struct job *job)
{
        return job->sweep ? job->sweep->points : 1;
}

/*
 * Adds {"file", "line", "message"} to a list. `line` 0 is all of the file. A message says what is
 * wrong and, where that is one line, which to write instead.
 */
__attribute__((format(printf, 4, 5))) void review_note(
        json_t *list, const struct job *job, unsigned line, const char *format, ...);

#define review_complain(review, line, ...) \
        review_note((review)->complaints, (review)->job, (line), __VA_ARGS__)
#define review_warn(review, line, ...) \
        review_note((review)->warnings, (review)->job, (line), __VA_ARGS__)

/* Whether the job is to run on the target's GPU of this index. */
bool review_runs_on(const struct review *review, uint64_t gpu);

/* forestage.conf as messages call it. */
const char *review_conf(const struct target *target);
