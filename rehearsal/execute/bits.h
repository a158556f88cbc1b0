/* Logic, shifts, bit fields. */
#pragma once

#include "rehearsal/base/program.h"

extern execute_table table_and, table_or, table_xor, table_not, table_cnot, table_shl, table_shr;
extern execute_table table_popc, table_clz, table_brev, table_bfe, table_bfi, table_bfind;
extern execute_table table_bfind_shift, table_fns;
execute_fn execute_shf_l_wrap, execute_shf_l_clamp, execute_shf_r_wrap, execute_shf_r_clamp;
execute_fn execute_prmt, execute_lop3, execute_lop3_bool, execute_szext, execute_bmsk;
