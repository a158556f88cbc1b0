/* Branches and the end of threads. */
#ifndef FORESTAGE_REHEARSAL_EXECUTE_CONTROL_H
#define FORESTAGE_REHEARSAL_EXECUTE_CONTROL_H

#include "rehearsal/base/program.h"

execute_fn execute_branch, execute_branch_index, execute_exit, execute_trap, execute_nanosleep;

#endif
