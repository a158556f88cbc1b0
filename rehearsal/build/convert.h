/* cvt. */
#pragma once

#include "rehearsal/build/instruction.h"

build_fn build_cvt;
