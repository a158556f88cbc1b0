/*
 * The process that performs steps: one order after the other, each answered by a message
 *   finding {"status", "reason", "seconds", "figures"}
 * A step that did not pass leaves it in doubt: it is not to be given another one.
 */
#pragma once

#include "runner/ladder/bench.h"
#include "runner/ladder/steps.h"

/* In place of a step: whether the libcuda here is a rehearsal; "rehearsal" in the figures. */
#define WORKER_LOOK LADDER_STEPS

struct worker_order {
        enum ladder_step step;
        int device;      /* CUDA's number, of the steps of a GPU */
        uint32_t passed; /* LADDER_BITs: what a second process is to do as well */
};

struct worker_setup {
        const char *kernel_log;
        struct bench_place *place;
};

/* A process_main; `context` is a struct worker_setup. */
int worker_main(void *context, int report, int order);
