/* Numbers of the chains in packed half precision that half.cu goes through and the CPU repeats. */
#pragma once

#define HALF_THREADS 256
#define HALF_SETS    8 /* of operands: a warp's */
#define HALF_CHAINS  4 /* of three pairs of numbers each */
#define HALF_STEPS   256
#define HALF_VALUES  (3 * HALF_CHAINS)

/*
 * The factor of a half of a chain: this of 2^HALF_SHARE, odd and of eleven bits. As half precision,
 * it is what is behind its first bit.
 */
#define HALF_SHARE                13
#define HALF_FACTOR(chain, half)  (1025u + 2 * ((37 + 61 * (2 * (chain) + (half))) % 256))
#define HALF_ENCODED(chain, half) ((15 + 10 - HALF_SHARE) << 10 | (HALF_FACTOR(chain, half) - 1024))

/* Of a step: two of each number, with two of a fused multiply-add, in both halves of a pair. */
#define HALF_OPERATIONS (2 * 2 * 2 * HALF_VALUES)
