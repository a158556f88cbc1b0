/* The approximate functions. */
#pragma once

#include "rehearsal/base/program.h"

extern execute_table table_rsqrt, table_sin, table_cos, table_ex2, table_lg2, table_tanh;

execute_fn execute_gross_rcp, execute_gross_rsqrt;
