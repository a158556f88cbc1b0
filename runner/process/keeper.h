/*
 * A process that holds every NVIDIA device file open, so that the driver initialises each GPU once
 * for the whole run and not again for every job. It is a process of its own because opening a sick
 * GPU may hang in the kernel.
 */
#ifndef FORESTAGE_RUNNER_PROCESS_KEEPER_H
#define FORESTAGE_RUNNER_PROCESS_KEEPER_H

#include "runner/process/process.h"

struct keeper {
        struct process process;
        bool running;
};

/* Opens what there is of the device files in `folder` ("/dev"). */
void keeper_start(struct keeper *keeper, const char *folder);

/* The first cuInit may have made device files: opens those that are not open yet. */
void keeper_look_again(struct keeper *keeper);

/* Lets go of all of them. The driver can be unloaded afterwards. */
void keeper_stop(struct keeper *keeper);

#endif
