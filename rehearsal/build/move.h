/* Moves, selections, address conversions. */
#pragma once

#include "rehearsal/build/instruction.h"

build_fn build_mov, build_selp, build_slct, build_cvta, build_isspacep;
