/*
 * Reading a GPU's standing condition through NVML: once, before anything is asked of it. NVML takes
 * most of that time for one item, the checksums of the InfoROM: 69 of 75 ms on an H200. A thread
 * waits for those while kernels are compiled and tests run.
 */
#pragma once

#include <pthread.h>

#include "jobs/standing/item.h"
#include "runner/machine/health.h"
#include "runner/machine/nvml.h"

/* What is read one after the other; how long each took is worth knowing. */
enum standing_group {
        STANDING_MODES,
        STANDING_ROWS,
        STANDING_FAULTS,
        STANDING_PROCESSES,
        STANDING_NAMES,
        STANDING_GROUPS,
};

struct standing_reading {
        const struct nvml *nvml;
        struct standing read;
        double group_s[STANDING_GROUPS];
        pthread_t thread; /* for the InfoROM */
        bool running;
        nvmlReturn inforom;
        double inforom_s;
};

/*
 * Reads all but the InfoROM, and begins with that; `health` is the reading before the first test.
 * Without NVML nothing is known. `nvml` stays until standing_read_end.
 */
void standing_read_start(
        struct standing_reading *ret_reading, const struct nvml *nvml, const struct health *health);

/* Waits for it: `read` is complete then. The second time nothing happens. */
void standing_read_end(struct standing_reading *reading);
