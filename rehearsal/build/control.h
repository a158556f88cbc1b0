/* Branches, fences, and what has no operands. */
#ifndef FORESTAGE_REHEARSAL_BUILD_CONTROL_H
#define FORESTAGE_REHEARSAL_BUILD_CONTROL_H

#include "rehearsal/build/instruction.h"

build_fn build_bra, build_brx, build_simple, build_fence, build_nanosleep;

#endif
