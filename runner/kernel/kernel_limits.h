/* What a kernel and its device can do, against what the job file asks of them. */
#pragma once

#include "runner/kernel/kernel_worker.h"

/*
 * Before anything is launched: threads, shared memory, and, where the driver tells them, the
 * parameters. When false, the supervisor was told what does not fit.
 */
bool kernel_limits_hold(struct worker *worker);
