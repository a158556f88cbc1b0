/* Moves, packing, selection. */
#pragma once

#include "rehearsal/base/program.h"

execute_fn execute_mov, execute_add_offset, execute_not_pred, execute_pack, execute_unpack;
execute_fn execute_selp, execute_nop;
extern execute_table table_slct_s32, table_slct_f32;
