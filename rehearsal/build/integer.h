/* Arithmetic of integers, and of mnemonics that floats share with them. */
#ifndef FORESTAGE_REHEARSAL_BUILD_INTEGER_H
#define FORESTAGE_REHEARSAL_BUILD_INTEGER_H

#include "rehearsal/build/instruction.h"

build_fn build_arithmetic, build_add, build_multiply, build_mul24, build_carry, build_dot;

#endif
