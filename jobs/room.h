/*
 * The room that jobs need in the region besides their outputs: one rule, for the runner, which
 * keeps it free for each job on each GPU, and for those who say beforehand whether a region will
 * do.
 */
#pragma once

#include <stdint.h>

#include "jobs/job.h"

/* At most so many bytes take a job's RESULT and events, and those of each of its outputs. */
#define ROOM_ENTRY_BYTES  8192u
#define ROOM_OUTPUT_BYTES 2560u
#define ROOM_CHECK_BYTES  262144u /* of what a check measured */
#define ROOM_STORED_BYTES 320u    /* of what tells where in the store an output is, and its name */
#define ROOM_PLAN_BYTES   1024u   /* its line in the plan */

/* What the stage and the runner write besides, at most: events, the kernel's log, the end. */
#define ROOM_STAGE_BYTES (UINT64_C(1) << 20)

/*
 * What is kept for the job on one device before it starts, and what its description takes in the
 * plan, or a sweep's values, which are of any length and therefore not in ROOM_PLAN_BYTES. Of a
 * sweep it is what one point takes. A check without a device
 * measures nothing; a program's files are not known before, and it asks for more as they come.
 */
uint64_t room_of_job(const struct job *job, bool has_device);
