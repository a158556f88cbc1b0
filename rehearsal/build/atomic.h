/* atom and red. */
#pragma once

#include "rehearsal/build/instruction.h"

build_fn build_atom, build_red;
