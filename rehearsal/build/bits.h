/* Logic, shifts, bit fields. */
#pragma once

#include "rehearsal/build/instruction.h"

build_fn build_logic, build_shift, build_count, build_find, build_field_extract, build_field_insert;
build_fn build_funnel, build_permute, build_lop3, build_szext, build_bmsk, build_testp, build_fns;
