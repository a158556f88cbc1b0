/*
 * Between two jobs in one context: the first has to leave it as it found it, or nobody else gets
 * it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "runner/kernel/kernel_worker.h"

#define TIDY_WHY 128u

/* Once, when the context is made: what must stay as it is. */
void kernel_tidy_note(struct worker *worker);

/* Before each job that is followed by others. */
void kernel_tidy_begin(struct worker *worker);

/* Gives back what a job had: its buffers and its module. CUDA_SUCCESS, or what failed. */
typedef CUresult kernel_tidy_giver(struct worker *worker);
CUresult kernel_tidy_give_back(struct worker *worker);

/*
 * After it, when its outputs are copied: gives back what it had, and looks at what is left. False
 * when no other job may have the context, with the reason in `why` (TIDY_WHY bytes). Otherwise
 * `ret_missing` are the bytes of the GPU's memory that did not come back; others may have them.
 */
bool kernel_tidy(
        struct worker *worker, kernel_tidy_giver *give_back, uint64_t *ret_missing, char *why);
