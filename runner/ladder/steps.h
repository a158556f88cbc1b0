/* The steps of the ladder in their order: each needs less of a driver than those behind it. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum ladder_step {
        LADDER_MODULE,
        LADDER_NODES,
        LADDER_NVML,
        LADDER_CUINIT,
        LADDER_CONTEXT, /* from here on of each GPU */
        LADDER_HOST_WRITE_COMBINED,
        LADDER_HOST_CACHED,
        LADDER_DEVICE_MEMORY,
        LADDER_KERNEL,
        LADDER_COPIES,
        LADDER_PINNED,
        LADDER_SECOND_PROCESS,
        LADDER_ITERATIONS,
        LADDER_STEPS,
};

/* Which process performs a step. */
enum ladder_process {
        LADDER_ALONE,  /* one of its own */
        LADDER_SHARED, /* the one that has initialised CUDA, and has the context */
        LADDER_BESIDE, /* one of its own, while the shared one still has its context */
};

#define LADDER_BIT(step) (UINT32_C(1) << (step))

struct ladder_row {
        const char *name, *title;
        double seconds; /* the most that it may take */
        uint32_t needs; /* LADDER_BIT of all steps without which it is not tried */
        enum ladder_process process;
        bool of_driver; /* a rehearsal, which has no driver, skips it */
};

extern const struct ladder_row ladder_rows[LADDER_STEPS];

/* The first step of those in `needs` that is not in `passed`; LADDER_STEPS: there is none. */
enum ladder_step ladder_missing(uint32_t needs, uint32_t passed);
