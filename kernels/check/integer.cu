/*
 * The integer units: multiply-adds, logic of three operands, funnel shifts, permuted bytes, counted
 * ones (integer.h). Every thread goes through steps of them with eight values, and compares with
 * what the CPU has computed.
 */
#define INTEGER_FUNCTION static inline __attribute__((device))
#include "integer.h"
#include "result.h"

/* `seed` and `expected` have INTEGER_THREADS values a chain. Who takes which: see compute.cu. */
KERNEL integer_chain(
        struct check_report *report, const u32 *seed, const u32 *expected, u32 rounds, u32 first)
{
        for (u32 round = 0; round < rounds; round++) {
                u32 at = (thread_x() + (first + round) * WARP_SIZE) % INTEGER_THREADS;
                u32 x[INTEGER_CHAINS];

#pragma unroll
                for (u32 c = 0; c < INTEGER_CHAINS; c++)
                        x[c] = ((const volatile u32 *)seed)[c * INTEGER_THREADS + at];
#pragma unroll 2
                for (u32 step = 0; step < INTEGER_STEPS; step++)
                        integer_step(x);
#ifdef FORESTAGE_SABOTEUR
                spoil(report, x[INTEGER_CHAINS - 1], round, at / WARP_SIZE);
#endif
                compare_sums<INTEGER_CHAINS>(report, x, expected + at, INTEGER_THREADS, at);
                set_done(report, at / WARP_SIZE);
        }
}
