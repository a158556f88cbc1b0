/* Numbers of the logistic map that compute.cu iterates and the CPU repeats. */
#pragma once

#define CHAOS_THREADS 256
#define CHAOS_SETS    8 /* of operands: a warp's */
#define CHAOS_CHAINS  8
#define CHAOS_STEPS   1024 /* a multiple of 16; two fused multiply-adds each */

/* Exact in single and double precision; x stays inside (0, 1). */
#define CHAOS_R 3.90625
#define CHAOS_D 0.0009765625
