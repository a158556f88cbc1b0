/* Whether the jobs may run, and how that went. Pure. */
#pragma once

#include <stdbool.h>

#include "initramfs/stage/stage.h"

/*
 * Why the runner must not be started; NULL: it may. `gpu_silent`: a GPU did not answer when its
 * node was opened.
 */
const char *jobs_refusal(const struct stage *stage, bool gpu_silent);

/* Whether the runner of stage->runner came to an end of its own; otherwise stage_fail says how. */
bool jobs_ended(struct stage *stage, const char *runner);
