/* The functions that CUDA gives every kernel without a definition in its module. */
#pragma once

#include "rehearsal/base/program.h"

/* vprintf, __assertfail, malloc and free; NULL for any other name, or another number of operands.
 */
builtin_fn *builtin_find(const struct function *function);
