/* Arithmetic of integers, and of mnemonics that floats share with them. */
#pragma once

#include "rehearsal/build/instruction.h"

build_fn build_arithmetic, build_add, build_multiply, build_mul24, build_carry, build_dot;
