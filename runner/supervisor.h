/* The supervisor of a run under way: what its files share. */
#pragma once

#include "jobs/jobfolder.h"
#include "runner/console/progress.h"
#include "runner/machine/kernel_log.h"
#include "runner/options.h"
#include "runner/process/persistence.h"
#include "runner/record/device.h"
#include "runner/record/journal.h"
#include "runner/record/outcome.h"
#include "runner/record/plan.h"

struct supervisor {
        const struct options *options;
        const struct jobfolder *jobs;
        const struct inputs *inputs;
        const struct store_pen *store; /* for checkpoints; NULL: there is none */
        struct journal journal;
        struct machine machine;
        struct plan plan;
        struct process *persistence;
        struct process *probe; /* it may become the first kernel job's; NULL: none */
        struct kernel_log kernel_log;
        struct progress progress;
        size_t count[STATUSES];
        char reason[WHY_SIZE]; /* why the run did not go as planned; "" */
};
