/*
 * Several jobs side by side in one process of kernel jobs, a flight: each in a stream of its own,
 * so that their kernels run at the same time where the GPU has room for them, and timed by events
 * in it. What one job has to wait for, a copy or the end of its kernel, the others do not.
 *
 * A flight comes to its end as a whole or not at all: whatever goes wrong with one of its jobs ends
 * the process as it would end with that job alone, and the supervisor runs each of them alone
 * (flight_run.h). So nothing here has to know whose fault something is.
 */
#pragma once

#include "runner/kernel/kernel_worker.h"

/*
 * Reads the `together` orders that follow that of KERNEL_TOGETHER. False: the supervisor was told
 * why, or has no more use for it.
 */
bool flight_job_take(struct worker *worker);

/*
 * Runs them; their outputs and times are in the board then, and the supervisor was told that they
 * are. When false, it was told why.
 */
bool flight_job_run(struct worker *worker);

/* A kernel_tidy_giver: what all of them had. */
CUresult flight_job_give_back(struct worker *worker);
