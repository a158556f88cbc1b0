/* bar and barrier. */
#pragma once

#include "rehearsal/build/instruction.h"

build_fn build_bar, build_barrier;
