/* Branches, fences, and what has no operands. */
#pragma once

#include "rehearsal/build/instruction.h"

build_fn build_bra, build_brx, build_simple, build_fence, build_nanosleep;
