/* cvt. */
#ifndef FORESTAGE_REHEARSAL_BUILD_CONVERT_H
#define FORESTAGE_REHEARSAL_BUILD_CONVERT_H

#include "rehearsal/build/instruction.h"

build_fn build_cvt;

#endif
