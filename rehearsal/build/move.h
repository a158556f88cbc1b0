/* Moves, selections, address conversions. */
#ifndef FORESTAGE_REHEARSAL_BUILD_MOVE_H
#define FORESTAGE_REHEARSAL_BUILD_MOVE_H

#include "rehearsal/build/instruction.h"

build_fn build_mov, build_selp, build_slct, build_cvta, build_isspacep;

#endif
