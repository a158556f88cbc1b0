/* Arithmetic of floats. */
#pragma once

#include "rehearsal/build/instruction.h"

build_fn build_approximate;

/* What is wanted of every float's instruction: the result, then the sources, all of `type`. */
void build_float(struct builder *builder, struct statement *statement,
        const struct instruction *self, enum ptx_type type);
