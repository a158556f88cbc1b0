/*
 * Copies results from the GPU to memory that the driver knows nothing about. A region behind
 * /dev/mem has no pages that a driver could pin, so every byte goes through buffers of ours: pinned
 * ones for large copies, two in turn, so that one is filled while the other is emptied.
 */
#pragma once

#include "runner/machine/cuda.h"

struct download {
        const struct cuda *cuda;
        void *buffer[2]; /* made when they are needed first */
        CUstream stream[2];
        const char *call; /* the call that failed */

        /* Called now and then during a large copy: so many bytes lie where they should. Or NULL. */
        void (*told)(void *context, uint64_t bytes);
        void *context;
};

/* The result of the call that failed, or CUDA_SUCCESS. The current context is used. */
CUresult download(struct download *download, void *to, CUdeviceptr from, uint64_t bytes);
