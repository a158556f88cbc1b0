/* What the lanes of a warp do together. */
#pragma once

#include "rehearsal/build/instruction.h"

build_fn build_shfl, build_vote, build_match, build_redux, build_activemask, build_elect;

/* bar.warp.sync; the word warp has been taken. */
void build_warp_sync(struct builder *builder, struct statement *statement);
