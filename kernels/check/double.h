/* Numbers of the double-precision tensor-core kernels that the CPU needs to know the answer. */
#pragma once

#define DOUBLE_THREADS 256
#define DOUBLE_SETS    4
#define DOUBLE_STEPS   64 /* of four multiplications into each sum */
#define DOUBLE_LEFTS   2  /* fragments of A: 16 rows, 16 deep */
#define DOUBLE_RIGHTS  4  /* of B: 8 columns */
#define DOUBLE_A       8  /* doubles of a fragment that a lane holds */
#define DOUBLE_B       4
#define DOUBLE_SUMS    4

/* Which fragments meet in sum (i, j) in turn s of a step. */
#define DOUBLE_LEFT(i, s)  (((i) + (s)) % DOUBLE_LEFTS)
#define DOUBLE_RIGHT(j, s) (((j) + (s)) % DOUBLE_RIGHTS)
