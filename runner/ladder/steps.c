#include "runner/ladder/steps.h"

/* What a step needs, with all that this needs itself. */
#define FOR_NODES   LADDER_BIT(LADDER_MODULE)
#define FOR_DRIVER  (FOR_NODES | LADDER_BIT(LADDER_NODES))
#define FOR_CONTEXT (FOR_DRIVER | LADDER_BIT(LADDER_CUINIT))
#define FOR_MEMORY  (FOR_CONTEXT | LADDER_BIT(LADDER_CONTEXT))
#define FOR_COPIES  (FOR_MEMORY | LADDER_BIT(LADDER_DEVICE_MEMORY))
#define FOR_RUNS    (FOR_COPIES | LADDER_BIT(LADDER_KERNEL))

/*
 * A GPU that nothing holds open takes seconds to initialise, several of them as many times that; a
 * kernel may have to be compiled.
 */
const struct ladder_row ladder_rows[LADDER_STEPS] = {
        [LADDER_MODULE] = { "module", "NVIDIA's kernel module is loaded", 30, 0, LADDER_ALONE,
                true },
        [LADDER_NODES] = { "nodes", "the driver's device files can be opened", 120, FOR_NODES,
                LADDER_ALONE, true },
        [LADDER_NVML] = { "nvml", "NVML finds the GPUs", 120, FOR_DRIVER, LADDER_ALONE, true },
        [LADDER_CUINIT] = { "cuinit", "libcuda initialises and finds the GPUs", 120, FOR_DRIVER,
                LADDER_SHARED, false },
        [LADDER_CONTEXT] = { "context", "a context is made", 60, FOR_CONTEXT, LADDER_SHARED,
                false },
        [LADDER_HOST_WRITE_COMBINED] = { "host_write_combined",
                "write-combined memory of the host, read and written by the GPU", 60, FOR_MEMORY,
                LADDER_SHARED, false },
        [LADDER_HOST_CACHED] = { "host_cached",
                "cached memory of the host, read and written by the GPU", 60, FOR_MEMORY,
                LADDER_SHARED, false },
        [LADDER_DEVICE_MEMORY] = { "device_memory", "memory of the GPU, set and read", 60,
                FOR_MEMORY, LADDER_SHARED, false },
        [LADDER_KERNEL] = { "kernel", "a kernel's results are right", 60, FOR_COPIES, LADDER_SHARED,
                false },
        [LADDER_COPIES] = { "copies", "pages all over the machine's memory, copied there and back",
                120, FOR_COPIES, LADDER_SHARED, false },
        [LADDER_PINNED] = { "pinned", "such pages registered, so that the GPU itself reaches them",
                120, FOR_COPIES, LADDER_SHARED, false },
        [LADDER_SECOND_PROCESS] = { "second_process",
                "the same in a second process, from the context to the kernel", 180, FOR_RUNS,
                LADDER_BESIDE, false },
        [LADDER_ITERATIONS] = { "iterations", "1,000 launches with copies, all results right", 180,
                FOR_RUNS, LADDER_SHARED, false },
};

enum ladder_step ladder_missing(uint32_t needs, uint32_t passed)
{
        for (unsigned step = 0; step < LADDER_STEPS; step++) {
                if (needs & ~passed & LADDER_BIT(step))
                        return step;
        }
        return LADDER_STEPS;
}
