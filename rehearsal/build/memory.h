/* Loads, stores, prefetches and copies. */
#pragma once

#include "rehearsal/build/instruction.h"

build_fn build_load, build_store, build_prefetch, build_cp;

/* Takes what says how an access is cached and ordered, which changes nothing here. */
void memory_take_hints(struct statement *statement);
