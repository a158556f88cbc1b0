/* setp and set. */
#pragma once

#include "rehearsal/build/instruction.h"

build_fn build_setp, build_set;
