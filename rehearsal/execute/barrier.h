/* The barriers of a block. */
#pragma once

#include "rehearsal/execute/thread.h"

enum barrier_kind { BARRIER_SYNC, BARRIER_POPC, BARRIER_AND, BARRIER_OR };

execute_fn execute_barrier, execute_barrier_arrive;

/* Releases what wait at barriers that all have reached. True if any thread went on. */
bool barrier_resolve(struct block *block);
