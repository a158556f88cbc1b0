/* Numbers of the sparse tensor-core kernels that the CPU needs to know the answer. */
#pragma once

#include "tensor.h"

/* Of four elements of A beside each other two are there: a multiplication is as deep as two of B's.
 */
#define SPARSE_DEPTH    32
#define SPARSE_GROUPS   (SPARSE_DEPTH / 4)
#define SPARSE_PATTERNS 6 /* two of four */

/* wgmma: B has twice the rows, and so half as many tiles, each for two of A. */
#define SPARSE_B_TILES (WGMMA_TILES / 2)
#define SPARSE_B_BYTES (2 * WGMMA_B_BYTES)
