/* A kernel started with the arguments of the job at hand. */
#pragma once

#include "runner/kernel/kernel_worker.h"

/* In the stream; NULL: the context's own. When false, the supervisor was told why. */
bool kernel_launch(struct worker *worker, CUstream stream);
