/* A GPU's NVLinks as NVML tells them. */
#pragma once

#include "runner/machine/nvlink.h"
#include "runner/machine/nvml.h"

struct nvlinks nvlink_read(const struct nvml *nvml);
