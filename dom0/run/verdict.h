/*
 * The verdict on a run, from what is in its region and from nothing else (docs/records.md, "The
 * verdict"). Pure: the facts are counted elsewhere, so that a test can put any of them here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "dom0/base/exit.h"
#include "dom0/base/problems.h"

enum job_status {
        JOB_PASS,
        JOB_FAIL,
        JOB_ERROR,
        JOB_TIMEOUT,
        JOB_SKIP,
        JOB_NOTRUN,
        JOB_STATUSES,
};

const char *job_status_name(enum job_status status);

/* Returns JOB_STATUSES when `name` is none. */
enum job_status job_status_find(const char *name);

enum runner_end {
        RUNNER_UNKNOWN, /* no RUN record, or it does not say */
        RUNNER_NEVER,   /* it was not started */
        RUNNER_EXITED,  /* with runner_code */
        RUNNER_KILLED,  /* by the signal runner_code */
};

struct verdict_facts {
        bool region_complete; /* sealed and right to the last bit, and the run that was asked for */
        size_t run_records;
        bool run_is_last; /* the last record is a RUN */
        size_t plans;
        size_t planned;              /* jobs times devices, of the plan */
        size_t counts[JOB_STATUSES]; /* of the planned ones; they add up to `planned` */
        size_t failed_by_exit;       /* programs among the JOB_FAIL that say so themselves */
        size_t contradictions;       /* anything in the records that must not be there */
        size_t disbelieved;          /* those of them that one job has, which is an error for it */
        enum runner_end runner;
        long long runner_code;
};

enum verdict {
        VERDICT_PASS,
        VERDICT_FAIL,
        VERDICT_EMPTY,
        VERDICT_INCOMPLETE,
};

/* Adds the reasons to `problems` unless the verdict is VERDICT_PASS. */
enum verdict verdict_decide(const struct verdict_facts *facts, struct problems *problems);

/*
 * On one GPU of a run whose verdict is `run`; `counts` are of the jobs planned for that GPU. What
 * other GPUs' jobs came to does not matter. VERDICT_INCOMPLETE: its jobs passed, and the run does
 * not prove it: it is damaged, contradicts itself, or its runner came to no good end.
 */
enum verdict verdict_of_gpu(
        const struct verdict_facts *facts, enum verdict run, const size_t counts[JOB_STATUSES]);

const char *verdict_name(enum verdict verdict); /* "pass", "fail", "empty", "incomplete" */
enum exit_code verdict_exit_code(enum verdict verdict);

/* VERDICT_INCOMPLETE when `name` (or NULL) is none. */
enum verdict verdict_find(const char *name);
