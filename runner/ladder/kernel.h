/* The steps kernel and iterations. They need the context. */
#pragma once

#include "runner/ladder/bench.h"

void kernel_once(struct bench *bench);
void kernel_often(struct bench *bench);
