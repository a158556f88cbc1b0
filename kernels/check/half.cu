/*
 * The plain units with two numbers of half precision at once. A chain has three pairs, which turn
 * around each other: x += a (y - z), y += a (z - x), z += a (x - y), two fused multiply-adds each.
 *
 * All of them stay whole numbers of eleven bits, from 1024 on and below 2048, times a power of two:
 * what is added is rounded to the same steps whatever it is added to. So an operation can be
 * undone, and what is wrong once is never right again.
 */
#include "half.h"
#include "result.h"

DEVICE u32 half_fma(u32 a, u32 b, u32 c)
{
        u32 d;

        asm("fma.rn.f16x2 %0, %1, %2, %3;" : "=r"(d) : "r"(a), "r"(b), "r"(c));
        return d;
}

/* Both halves of a chain's factor. In the instruction: more registers would slow it down. */
DEVICE u32 half_factor(u32 chain)
{
        return HALF_ENCODED(chain, 1) << 16 | HALF_ENCODED(chain, 0);
}

/* to += a (plus - minus), of all chains. */
DEVICE void half_part(u32 (*x)[3], u32 to, u32 plus, u32 minus)
{
#pragma unroll
        for (u32 c = 0; c < HALF_CHAINS; c++)
                x[c][to] = half_fma(x[c][plus], half_factor(c), x[c][to]);
#pragma unroll
        for (u32 c = 0; c < HALF_CHAINS; c++)
                x[c][to] = half_fma(x[c][minus], half_factor(c) ^ 0x80008000u, x[c][to]);
}

/* `seed` and `expected` have HALF_THREADS words for each pair. Who takes which: see compute.cu. */
KERNEL half_chain(
        struct check_report *report, const u32 *seed, const u32 *expected, u32 rounds, u32 first)
{
        for (u32 round = 0; round < rounds; round++) {
                u32 at = (thread_x() + (first + round) * WARP_SIZE) % HALF_THREADS;
                u32 x[HALF_CHAINS][3];

#pragma unroll
                for (u32 v = 0; v < HALF_VALUES; v++)
                        x[v / 3][v % 3] = ((const volatile u32 *)seed)[v * HALF_THREADS + at];
#pragma unroll 4
                for (u32 step = 0; step < HALF_STEPS; step++) {
                        half_part(x, 0, 1, 2);
                        half_part(x, 1, 2, 0);
                        half_part(x, 2, 0, 1);
                }
#ifdef FORESTAGE_SABOTEUR
                spoil(report, x[HALF_CHAINS - 1][2], round, at / WARP_SIZE);
#endif
                compare_sums<HALF_VALUES>(report, &x[0][0], expected + at, HALF_THREADS, at);
                set_done(report, at / WARP_SIZE);
        }
}
