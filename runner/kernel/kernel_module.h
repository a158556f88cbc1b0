/* The module of a kernel job: loaded, and kept for the jobs after it that have the same. */
#pragma once

#include "runner/kernel/kernel_worker.h"

/*
 * Finds the job's function, in a module that is there already or is loaded now. When false, the
 * supervisor was told why.
 */
bool kernel_module_load(struct worker *worker);

/* Gives back all that is kept, and forgets what was launched. CUDA_SUCCESS, or what failed. */
CUresult kernel_module_drop(struct worker *worker);

/* Gives back what is not kept; the result of the call that failed, or CUDA_SUCCESS. */
CUresult kernel_module_release(struct worker *worker);
