/*
 * The kinds of job and what the supervisor asks of each. The calls come in this order, and none of
 * them may wait: what a job does, it does in a process of its own (attempt_launch).
 */
#ifndef FORESTAGE_RUNNER_PROCESS_KIND_H
#define FORESTAGE_RUNNER_PROCESS_KIND_H

#include "runner/process/attempt.h"

struct kind {
        /* Starts the process before its time, if it can; NULL: never. */
        void (*ahead)(struct attempt *attempt);

        /*
         * Prepares the attempt and launches its first process. When it launches none, the attempt
         * is over: attempt_error has said why.
         */
        void (*begin)(struct attempt *attempt);

        /* Takes a message that is not of those that attempt.c handles for all kinds. */
        void (*take)(struct attempt *attempt, const char *type, const json_t *message);

        /* Bytes of memory that the job's files take while it runs; NULL: none. */
        uint64_t (*folder_bytes)(struct attempt *attempt);

        /*
         * A process ended, nothing of it is left, and `facts` say how it did. When this launches no
         * further one, the attempt is over.
         */
        void (*ended)(struct attempt *attempt);

        /* Frees `state`; also when `begin` launched nothing. */
        void (*clear)(struct attempt *attempt);
};

extern const struct kind kernel_kind;
extern const struct kind program_kind;
extern const struct kind check_kind;

/* The kind of the jobs of this type; NULL when this version has none. */
const struct kind *kind_of(enum job_type type);

#endif
