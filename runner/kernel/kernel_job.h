/*
 * The process that runs Type=kernel jobs on one device, one after the other. It talks to the
 * supervisor as report.h says. It makes its context, waits until it is told to go with a job, runs
 * the kernel, and then is told through `order` where to put its outputs, one at a time: straight
 * into the region, so that no second copy of them is held in memory; or into memory that it shares
 * with the supervisor, when they are small (kernel_board.h), or when other jobs run at the same
 * time and the region cannot wait for this one. All of the region but the pages of the output that
 * is being copied is out of its reach, so that a driver gone wild cannot damage what was recorded.
 * Then it ends; or, if it was told that others follow and the job has left nothing behind, it waits
 * for the next one (kernel_tidy.h).
 */
#pragma once

#include "jobs/job.h"
#include "runner/machine/cuda.h"
#include "runner/record/device.h"

struct kernel_task {
        const struct limits *limits; /* that the process is held to */
        const struct device *device;
        int folder;   /* the job folder */
        void *region; /* the whole mapping */
        size_t region_bytes;
        bool staged; /* outputs do not go to the region: leave it closed */
};

#define KERNEL_WAITS "waiting for its turn" /* the step before the first of them */

/*
 * A task as a process that is there already gets it, by value: what was known when it was forked is
 * at the same place in its memory, the device was not.
 */
struct kernel_handover {
        struct kernel_task task;
        struct device device;
};

/* A process_main; `context` is a struct kernel_task. */
int kernel_job_main(void *context, int report, int order);

/* The same from the context on, in a process that has loaded and initialised `cuda`. */
int kernel_job_continue(
        const struct kernel_task *task, const struct cuda *cuda, int report, int order);
