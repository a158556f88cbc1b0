/* The steps host_write_combined, host_cached and device_memory. They need the context. */
#pragma once

#include "runner/ladder/bench.h"

void memory_write_combined(struct bench *bench);
void memory_cached(struct bench *bench);
void memory_device(struct bench *bench);
