/* The supervisor's side of one Type=kernel job on one device. */
#ifndef FORESTAGE_RUNNER_KERNEL_RUN_H
#define FORESTAGE_RUNNER_KERNEL_RUN_H

#include "runner/attempt.h"

/* Runs the kernel in a process of its own and puts its outputs into the journal. */
void kernel_run(struct attempt *attempt);

#endif
