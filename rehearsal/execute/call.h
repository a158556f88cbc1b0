/* Calls: the frames of the callers, arguments and results. */
#ifndef FORESTAGE_REHEARSAL_EXECUTE_CALL_H
#define FORESTAGE_REHEARSAL_EXECUTE_CALL_H

#include "rehearsal/execute/thread.h"

execute_fn execute_call, execute_return;

/* Forgets all callers, as when the thread ends. */
void frames_free(struct thread *thread);

#endif
