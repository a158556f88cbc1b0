/*
 * A library that forestage-run was started with (LD_PRELOAD), given to programs too: with
 * --preload-programs alone, for what it changes is no part of a job.
 */
#pragma once

#include <stdbool.h>

#include <jansson.h>

#include "runner/record/plan.h"

/*
 * Whether `libraries`, as LD_PRELOAD has them, can be given to programs, which run in other
 * folders: each by an absolute path, and each can be read; the loader would only warn. When false,
 * `why` (WHY_SIZE bytes) says which and what to do. NULL: there is no such variable.
 */
bool preload_check(const char *libraries, char *why);

/*
 * The names of the programs of the plan that it does not reach, each once, as a list; owned. They
 * are linked statically, so no loader starts them. A script counts by its interpreter's loader, and
 * a file that cannot be read as reached: what is wrong with it is said when it is started.
 */
json_t *preload_unreached(int job_folder, const struct plan *plan);
