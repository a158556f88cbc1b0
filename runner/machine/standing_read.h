/* A GPU's standing condition, as NVML tells it. */
#pragma once

#include "jobs/standing/item.h"
#include "runner/machine/health.h"
#include "runner/machine/nvml.h"

/*
 * Reads all items, some of which `health` has; whoever calls it uses the GPU already, and is a
 * child of the supervisor. What cannot be read is not known. Takes some milliseconds.
 */
void standing_read(
        const struct nvml *nvml, const struct health *health, struct standing *ret_standing);
