/* Integer arithmetic. */
#pragma once

#include "rehearsal/base/program.h"

extern execute_table table_add, table_sub, table_mul_lo, table_mul_hi, table_mul_wide;
extern execute_table table_mad_lo, table_mad_hi, table_mad_wide, table_mad_hi_sat;
extern execute_table table_mul24_lo, table_mul24_hi, table_mad24_lo, table_mad24_hi;
extern execute_table table_mad24_hi_sat;
extern execute_table table_div, table_rem, table_min, table_max, table_abs, table_neg, table_sad;
extern execute_table table_add_sat, table_sub_sat, table_add_carry, table_sub_carry;
extern execute_table table_mad_lo_carry, table_mad_hi_carry;
extern execute_table table_dp4a, table_dp2a_lo, table_dp2a_hi;
