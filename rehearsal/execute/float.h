/*
 * Floating-point arithmetic: `plain` tables round to nearest and keep subnormals, `full` ones heed
 * roundings and flags.
 */
#pragma once

#include "rehearsal/base/program.h"

extern execute_table table_copysign, table_testp;
extern execute_table plain_add, plain_sub, plain_mul, plain_fma, plain_neg;
extern execute_table full_add, full_sub, full_mul, full_fma, full_div, full_min, full_max;
extern execute_table full_abs, full_neg, full_sqrt, full_rcp;
