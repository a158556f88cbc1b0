/*
 * How a job on a device ended, and the decision which status that is. Pure.
 *
 * The rule that everything else serves: `pass` needs a job that ran to its end and every
 * expectation compared and met, at least one. Whatever is missing makes it something else.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "jobs/job.h"
#include "record/status.h"

struct outcome {
        enum status status;
        char reason[JOB_MAX_ERROR + 1];
        double start_s, wall_s;
        json_t *timings; /* object */
        json_t *outputs; /* list */
        json_t *check;   /* object: what a check found; NULL for other jobs */
        bool exited;     /* there was a process, and `wait_status` is how it ended */
        int wait_status;
        bool hung;           /* it was killed for the time of a part of it */
        bool ahead;          /* its process had been started while the job before it ran */
        bool fresh;          /* the job before it left the GPU in doubt */
        const char *context; /* of a kernel job: "shared" with others, "own"; NULL: it had none */
        unsigned worker;     /* shared: the number of its process among those of the GPU */
        char unfit[128];     /* shared: why no other job was given the process after it; "" */
        unsigned beside;     /* so many other jobs ran side by side with it in its process */
        char apart[160];     /* why it ran alone, after it had begun beside others; "" */
        json_t *xid; /* list of what the GPU's driver complained of meanwhile; NULL: nothing */
        json_t *unmatched; /* list of the patterns of Collect= that found no file; NULL: none */
        json_t *left;      /* list of what matches Collect= and was not collected; NULL: nothing */
        uint64_t stdout_dropped_bytes, stderr_dropped_bytes;
};

/* What is known about a job when its process is gone. */
struct evidence {
        int stop_signal; /* the supervisor was told to end: the signal */
        bool late;       /* it was killed for its time */
        bool stuck;      /* and did not even die of that */
        double hung_s;   /* it was killed since a part of it was not done in these; 0: no */
        uint64_t timeout_ms;
        char step[64];                 /* the last step it started; "" before the first */
        char error[JOB_MAX_ERROR + 1]; /* why it could not run, or could not be recorded */
        bool program;  /* a program's exit status is a result, and not how its process broke */
        bool finished; /* it said that everything was done */
        bool exited;
        int wait_status;
        size_t expected; /* expectations of the job */
        size_t compared; /* and how many of them were compared */
        size_t failed;
        bool untouched; /* elements of an output were never written, or all of one */
        char failure[JOB_MAX_ERROR + 1]; /* what the first wrong result looks like */
        char skip[JOB_MAX_ERROR + 1];    /* it found out that it does not apply here, and why */
};

/* One more comparison that failed; what the first of them says is kept. */
#define evidence_fail(evidence, ...) \
        ((evidence)->failed++, why_first((evidence)->failure, __VA_ARGS__))

/* Decides; fills status, reason, exited and wait_status of `outcome`. */
void outcome_decide(const struct evidence *evidence, struct outcome *outcome);

void outcome_clear(struct outcome *outcome);
