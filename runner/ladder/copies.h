/* The steps copies and pinned, with pages from all over the machine's memory. They need the
 * context. */
#pragma once

#include "runner/ladder/bench.h"

void copies_plain(struct bench *bench);
void copies_pinned(struct bench *bench);
