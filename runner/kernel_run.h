/* The supervisor's side of one Type=kernel job on one device. */
#ifndef FORESTAGE_RUNNER_KERNEL_RUN_H
#define FORESTAGE_RUNNER_KERNEL_RUN_H

#include "runner/journal.h"
#include "runner/outcome.h"
#include "runner/plan.h"

/*
 * Runs the entry in a process of its own, puts its outputs and its stdout and stderr into the
 * journal, and fills the outcome. `folder` is the job folder.
 */
void kernel_run(
        const struct entry *entry, int folder, struct journal *journal, struct outcome *outcome);

#endif
