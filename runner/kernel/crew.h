/*
 * The processes that do the kernel jobs of a GPU, one job after the other in one context, on the
 * supervisor's side. At a time one of them has a job or waits for the next; one that ends, or of
 * which anybody may doubt that it is as it was before its job, is replaced by another. A second one
 * may stand by with a context of its own, so that nobody waits for it then.
 *
 * A crew's processes are held to the limits that all jobs have by default: a job that asks for
 * others is none for it (job_shares_context).
 */
#pragma once

#include "runner/process/attempt.h"

struct crew {
        const struct device *device;
        const struct attempt_place *place;
        struct process *idle;  /* it has done jobs, and waits for another; or NULL */
        bool idle_failed;      /* its last job did */
        struct process *spare; /* it has done none; or NULL */
        bool spare_is_ready;   /* it has its context */
        bool wary;             /* a process had to be replaced: there is a spare one from now on */
        /* When the job at hand began: whether nobody of us was making a context, and `spare`. */
        bool was_quiet;
        const struct process *spare_then;
        unsigned numbers; /* of processes that have had a job, up to now */
        void *staging;    /* for outputs, shared with all of them; or NULL */
        uint64_t staging_bytes;
};

void crew_open(struct crew *crew, const struct device *device, const struct attempt_place *place);

/* Ends its processes, and waits until they are gone. */
void crew_dismiss(struct crew *crew);

/* The same, and frees the rest. */
void crew_close(struct crew *crew);

/* Takes over a process that has initialised CUDA (probe.h) as the spare one, if there is none. */
void crew_adopt(struct crew *crew, struct process *process);

/* Starts the spare one, if there is none; whatever comes of it. */
void crew_start_spare(struct crew *crew);

/* Ends it, without waiting. */
void crew_drop_spare(struct crew *crew);

/* To be called after every process_wait. */
void crew_step(struct crew *crew);

/* A process that a job has got. */
struct crew_member {
        bool used;   /* it has done others */
        bool failed; /* and the last of them had a wrong result */
        bool ahead;  /* it has done none, but was there already */
};

/*
 * Gives the attempt a process that can do a job with outputs of at most `bytes`. False:
 * attempt_error.
 */
bool crew_take(
        struct crew *crew, struct attempt *attempt, uint64_t bytes, struct crew_member *ret_member);

/* The same with one that is new. */
bool crew_launch(struct crew *crew, struct attempt *attempt);

/*
 * The attempt is decided: takes back its process, if that is fit for another job. `missing` bytes
 * of the GPU's memory did not come back. `doubt`: whatever is left of it has to be gone before
 * anything else runs there.
 */
void crew_return(struct crew *crew, struct attempt *attempt, uint64_t missing, bool doubt);
