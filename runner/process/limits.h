/*
 * What keeps a job from taking the machine down: limits that the kernel holds for the job's own
 * process, and what only the supervisor can see, which it looks at a few times a second.
 */
#ifndef FORESTAGE_RUNNER_PROCESS_LIMITS_H
#define FORESTAGE_RUNNER_PROCESS_LIMITS_H

#include <stdbool.h>

#include "jobs/job.h"
#include "runner/process/process.h"

#define LIMITS_SECONDS  0.1 /* between two looks */
#define LIMITS_WHY_SIZE 256u

/*
 * In the job's process, before anything of the job runs: no core files, OpenFiles=, and the first
 * to go when the machine's memory is used up.
 */
void limits_enter(const struct limits *limits);

/*
 * Whether the process with everything below it is within the limits. `folder_bytes` are those of
 * the files that it wrote, which lie in memory in the stage and count as such. When false, `why`
 * (LIMITS_WHY_SIZE bytes) says which limit and how far.
 */
bool limits_hold(const struct limits *limits, const struct process *process, uint64_t folder_bytes,
        char *why);

#endif
