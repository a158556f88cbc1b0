/* Conversions between types. */
#ifndef FORESTAGE_REHEARSAL_EXECUTE_CONVERT_H
#define FORESTAGE_REHEARSAL_EXECUTE_CONVERT_H

#include "rehearsal/base/program.h"

execute_fn execute_cvt, execute_cvt_pack, execute_cvt_integer, execute_cvt_two;

#endif
