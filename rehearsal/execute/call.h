/* Calls: the frames of the callers, arguments and results. */
#pragma once

#include "rehearsal/execute/thread.h"

execute_fn execute_call, execute_return;

/* Forgets all callers, as when the thread ends. */
void frames_free(struct thread *thread);
