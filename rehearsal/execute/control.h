/* Branches and the end of threads. */
#pragma once

#include "rehearsal/base/program.h"

execute_fn execute_branch, execute_branch_index, execute_exit, execute_trap, execute_nanosleep;
