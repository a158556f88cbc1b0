/* The module of a kernel job: loaded, and kept for the jobs after it that have the same. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/sha256.h"
#include "runner/machine/cuda.h"

#define MODULES_KEPT  32u                 /* by a process, at most */
#define MODULES_BYTES ((size_t)256 << 20) /* of their images, at most */
#define LAUNCHES_KEPT 256u                /* functions that are known to have been launched */

/* What a process has loaded. All zeroes is nothing. */
struct kernel_modules {
        struct kernel_module {
                uint8_t digest[SHA256_SIZE]; /* of the image's bytes */
                size_t bytes;
                CUmodule module;
                uint64_t turn; /* the last job that had it */
        } kept[MODULES_KEPT];
        size_t count;
        uint64_t launched[LAUNCHES_KEPT]; /* by a digest of image and name, in turns */
        size_t launches;

        /* of the job at hand */
        CUmodule loose;    /* not kept; NULL: it is */
        bool takes_memory; /* kernel_image_takes_memory */
        bool first;        /* nothing of that name in that image was launched here before */
};

struct worker; /* kernel_worker.h */

/*
 * Finds the job's function, in a module that is there already or is loaded now. When false, the
 * supervisor was told why.
 */
bool kernel_module_load(struct worker *worker);

/* Gives back what is not kept; the result of the call that failed, or CUDA_SUCCESS. */
CUresult kernel_module_release(struct worker *worker);
