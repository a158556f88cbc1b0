/*
 * What keeps a job from taking the machine down: limits that the kernel holds for the job's own
 * process, and what only the supervisor can see, which it looks at a few times a second.
 */
#pragma once

#include <stdbool.h>

#include "jobs/job.h"
#include "runner/process/process.h"

#define LIMITS_SECONDS 0.1 /* between two looks */

/*
 * In the job's process, before anything of the job runs: no core files, OpenFiles=, the first to go
 * when the machine's memory is used up, and out of reach of the region. When false, `report` was
 * told why.
 */
bool limits_enter(const struct limits *limits, void *region, size_t region_bytes, int report);

/*
 * Starts a process that enters the limits and then runs `main`, with a copy of `context` as it is
 * now. 0 or a negative errno.
 */
int limits_start(const struct limits *limits, void *region, size_t region_bytes, process_main *main,
        void *context, struct process **ret_process);

/*
 * Whether the process with everything below it is within the limits. `folder_bytes` are those of
 * the files that it wrote, which lie in memory in the stage and count as such. When false, `why`
 * (WHY_SIZE bytes) says which limit and how far.
 */
bool limits_hold(const struct limits *limits, const struct process *process, uint64_t folder_bytes,
        char *why);

/*
 * Whether what a process that has ended printed is within Output=: it may have printed the most of
 * it behind the last look. When false, `why` (WHY_SIZE bytes) says how far.
 */
bool limits_held(const struct limits *limits, const struct process *process, char *why);
