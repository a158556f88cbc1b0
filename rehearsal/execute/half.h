/* 16-bit floating point: IEEE half ("f16") and bfloat16 ("bf16"), also tf32, bit by bit. */
#pragma once

#include <stdint.h>

#include "rehearsal/base/program.h"

/* The value of the low 16 bits. */
float half_to(uint64_t bits);
float brain_to(uint64_t bits);

/*
 * Rounds once; NaN becomes 0x7fff. ROUND_NONE counts as to nearest even. What overflows becomes
 * infinity, or the largest number where the rounding leads away from infinity.
 */
uint32_t half_from(long double value, enum rounding round);
uint32_t brain_from(long double value, enum rounding round);

/* To the nearest, which most instructions want of what is a double to begin with. */
uint32_t half_from_double(double value);
uint32_t brain_from_double(double value);

/* 32 bits of which the low 13 are zero; not for NaN. */
uint32_t tf32_from(long double value, enum rounding round);

/*
 * a + b rounded to odd: what is cut off leaves its mark in the last bit, so that rounding once more
 * to a much shorter format gives the correctly rounded sum.
 */
double sum_to_odd(double a, double b);
