/* What the supervisor's sides of all kinds of job have in common. */
#ifndef FORESTAGE_RUNNER_ATTEMPT_H
#define FORESTAGE_RUNNER_ATTEMPT_H

#include "runner/journal.h"
#include "runner/outcome.h"
#include "runner/plan.h"
#include "runner/process.h"

/* One entry of the plan being run. */
struct attempt {
        const struct entry *entry;
        int folder; /* the job folder */
        struct journal *journal;
        struct outcome *outcome; /* its timings and outputs are filled on the way */
        struct facts facts;
        struct process process;
        double deadline; /* clock_seconds */
        bool gave_up;    /* the child said why it cannot go on, and is about to end */
        void *kind;      /* of the kind of job */
};

/* What a kind does with a message that is not handled here ("ready", "output", "end"). */
typedef void attempt_message(struct attempt *attempt, const char *type, const json_t *message);

void attempt_start(struct attempt *attempt, const struct entry *entry, int folder,
        struct journal *journal, struct outcome *outcome);

/* Keeps the first reason why the job is in error. */
void attempt_error(struct attempt *attempt, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/* The same for something that does not fit into the region. */
void attempt_full(struct attempt *attempt, const char *what, uint64_t bytes);

/* "jobs/JOB/DEVICE/FILE"; false when it is too long for a record's name. */
bool attempt_path(
        const struct attempt *attempt, const char *file, char ret_path[REGION_MAX_NAME + 1]);

/*
 * Runs `main` in a process until it ended, failed, or its time is over, and gives its messages to
 * `take`. Afterwards nothing of it is left alive; `facts` says how it ended.
 */
void attempt_process(
        struct attempt *attempt, process_main *main, void *context, attempt_message *take);

/* Puts what was captured into the journal, and forgets it. */
void attempt_keep_streams(struct attempt *attempt);

/* Decides, and stops the clock. */
void attempt_finish(struct attempt *attempt);

#endif
