/* atom and red. */
#ifndef FORESTAGE_REHEARSAL_BUILD_ATOMIC_H
#define FORESTAGE_REHEARSAL_BUILD_ATOMIC_H

#include "rehearsal/build/instruction.h"

build_fn build_atom, build_red;

#endif
