/*
 * Known answers of the tensor cores in double precision, by the CPU. Pure. The inputs are whole
 * numbers (times powers of two) with all bits of the significand in use, whose sums need no
 * rounding in whatever order the hardware adds.
 */
#pragma once

#include <stdint.h>

#include "kernels/check/double.h"

#define DOUBLE_A_VALUES   (DOUBLE_SETS * DOUBLE_LEFTS * DOUBLE_A * 32u)
#define DOUBLE_B_VALUES   (DOUBLE_SETS * DOUBLE_RIGHTS * DOUBLE_B * 32u)
#define DOUBLE_SUM_VALUES (DOUBLE_SETS * DOUBLE_LEFTS * DOUBLE_RIGHTS * DOUBLE_SUMS * 32u)

/* As dmma.h takes them. */
void known_double(double ret_a[DOUBLE_A_VALUES], double ret_b[DOUBLE_B_VALUES],
        double ret_expected[DOUBLE_SUM_VALUES]);
