/* The supervisor's side of Type=kernel: kind_kernel (attempt.h). */
#pragma once

#include "runner/process/attempt.h"

/* More of a GPU's memory than a context takes. */
#define KERNEL_CONTEXT_BYTES (UINT64_C(1) << 30)

/* Memory that the job's buffers take on its device; an input that is not there counts nothing. */
uint64_t kernel_device_bytes(const struct job *job, int folder);

/*
 * The attempt is decided: its process goes back to those that do one job after the other, if it is
 * one of them and fit (crew_return).
 */
void kernel_return(struct attempt *attempt, bool doubt);

/*
 * Gives the attempt, before it begins, a process that has initialised CUDA (probe.h). It is the
 * attempt's from then on.
 */
void kernel_adopt(struct attempt *attempt, struct process *process);
