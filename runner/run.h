/* A run under way: what the files of the supervisor share. */
#ifndef FORESTAGE_RUNNER_RUN_H
#define FORESTAGE_RUNNER_RUN_H

#include "jobs/jobfolder.h"
#include "runner/machine/kernel_log.h"
#include "runner/options.h"
#include "runner/process/persistence.h"
#include "runner/progress.h"
#include "runner/record/device.h"
#include "runner/record/journal.h"
#include "runner/record/outcome.h"
#include "runner/record/plan.h"

#define WHY_BYTES 512u

struct run {
        const struct options *options;
        const struct jobfolder *jobs;
        struct journal journal;
        struct machine machine;
        struct plan plan;
        struct process *persistence;
        struct process *probe; /* it may become the first kernel job's; NULL: none */
        struct kernel_log kernel_log;
        struct progress progress;
        size_t count[STATUSES];
        char reason[WHY_BYTES]; /* why the run did not go as planned; "" */
};

/* Ends the probe's process, if it is still there. */
void run_drop_probe(struct run *run);

/* Runs every entry of the plan, those of different GPUs side by side, and records each (lane.c). */
void run_all_entries(struct run *run);

#endif
