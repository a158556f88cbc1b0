/* bar and barrier. */
#ifndef FORESTAGE_REHEARSAL_BUILD_BARRIER_H
#define FORESTAGE_REHEARSAL_BUILD_BARRIER_H

#include "rehearsal/build/instruction.h"

build_fn build_bar, build_barrier;

#endif
