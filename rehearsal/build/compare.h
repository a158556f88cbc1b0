/* setp and set. */
#ifndef FORESTAGE_REHEARSAL_BUILD_COMPARE_H
#define FORESTAGE_REHEARSAL_BUILD_COMPARE_H

#include "rehearsal/build/instruction.h"

build_fn build_setp, build_set;

#endif
