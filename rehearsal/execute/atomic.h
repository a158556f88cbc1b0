/* Atomics. */
#pragma once

#include "rehearsal/base/program.h"

typedef uint64_t atomic_fn(uint64_t old, uint64_t b, uint64_t c);
atomic_fn *atomic_find(const char *name, enum ptx_type type);
execute_fn execute_atom, execute_red;
