/* Conversions between types. */
#pragma once

#include "rehearsal/base/program.h"

execute_fn execute_cvt, execute_cvt_pack, execute_cvt_integer, execute_cvt_bits, execute_cvt_two;
