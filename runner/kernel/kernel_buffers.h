/* A kernel job's arguments on the device: made, filled, cleared and given back. */
#pragma once

#include "runner/kernel/kernel_worker.h"

/* For the job at hand, its inputs read. When false, the supervisor was told why. */
bool kernel_buffers_make(struct worker *worker);

/* As they are before a launch; all of it is done when it returns. The same of false. */
bool kernel_buffers_fill(struct worker *worker);

/* The same in a stream, which need not have come to it yet. */
bool kernel_buffers_start_fill(struct worker *worker, CUstream stream);

/*
 * Memory comes back to the next job as it was left, in a new context as zeroes: a kernel that reads
 * a little beyond its buffers would find the one here, the other there. So they are cleared before
 * they are given back. CUDA_SUCCESS, or what failed.
 */
CUresult kernel_buffers_clear(const struct worker *worker);
CUresult kernel_buffers_free(struct worker *worker);

/* Number `index` of the arguments that are outputs; NULL: there are no more. */
const struct buffer *kernel_buffers_output(const struct worker *worker, uint64_t index);
