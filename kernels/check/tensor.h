/* Numbers of the tensor-core kernels that the CPU needs to know the answer. */
#pragma once

#define TENSOR_THREADS 256
#define TENSOR_SETS    2
#define TENSOR_STEPS   64 /* of four multiplications into each sum */

/* Which fragments meet in sum (i, j) in turn s of a step: of turns 0 and 1, and 2 and 3, pairs. */
#define TENSOR_LEFT(i, s)  ((i) ^ (s))
#define TENSOR_RIGHT(j, s) ((j) ^ (s))

/* wgmma: tiles of A and B in shared memory, and the sums that a thread holds. */
#define WGMMA_THREADS 256 /* two warp groups */
#define WGMMA_TILES   4
#define WGMMA_A_BYTES 2048 /* 64 rows of 32 bytes */
#define WGMMA_B_BYTES 8192 /* 256 columns of 32 bytes */
#define WGMMA_SUMS    128
