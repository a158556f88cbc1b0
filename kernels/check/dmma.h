/*
 * The tensor cores in double precision: 16 rows of A times 8 columns of B, 16 deep, in one
 * instruction (DMMA_DEEP), or in eight of a quarter of the depth and half of the rows, whose
 * fragments are parts of the other's. As in tensor.cu, every sum is exact.
 *
 * a[set][fragment][register][lane], b likewise; expected[set][i][j][register][lane] is what
 * DOUBLE_STEPS steps add up to.
 */
#pragma once

#include "double.h"
#include "result.h"

#ifdef DMMA_DEEP
DEVICE void multiply(double *d, const double *a, const double *b)
{
        asm volatile("mma.sync.aligned.m16n8k16.row.col.f64.f64.f64.f64 {%0,%1,%2,%3}, "
                     "{%4,%5,%6,%7,%8,%9,%10,%11}, {%12,%13,%14,%15}, {%0,%1,%2,%3};"
                     : "+d"(d[0]), "+d"(d[1]), "+d"(d[2]), "+d"(d[3])
                     : "d"(a[0]), "d"(a[1]), "d"(a[2]), "d"(a[3]), "d"(a[4]), "d"(a[5]), "d"(a[6]),
                     "d"(a[7]), "d"(b[0]), "d"(b[1]), "d"(b[2]), "d"(b[3]));
}
#else
DEVICE void multiply(double *d, const double *a, const double *b)
{
#pragma unroll
        for (u32 k = 0; k < DOUBLE_B; k++) {
#pragma unroll
                for (u32 half = 0; half < 2; half++)
                        asm volatile("mma.sync.aligned.m8n8k4.row.col.f64.f64.f64.f64 "
                                     "{%0,%1}, {%2}, {%3}, {%0,%1};"
                                     : "+d"(d[2 * half]), "+d"(d[2 * half + 1])
                                     : "d"(a[2 * k + half]), "d"(b[k]));
        }
}
#endif

template <u32 count>
DEVICE void load(double (*to)[count], const double *from, u32 fragments, u32 lane)
{
#pragma unroll
        for (u32 f = 0; f < fragments; f++) {
#pragma unroll
                for (u32 r = 0; r < count; r++)
                        to[f][r] = from[(f * count + r) * WARP_SIZE + lane];
        }
}

/* A warp takes the sets by turns: every quarter sees all of them. `first`: see compute.cu. */
KERNEL __attribute__((launch_bounds(DOUBLE_THREADS, 1))) double_tensor(struct check_report *report,
        const double *a, const double *b, const u64 *expected, u32 rounds, u32 first)
{
        const u32 lane = thread_x() % WARP_SIZE, warp = thread_x() / WARP_SIZE;
        const u32 sums = DOUBLE_LEFTS * DOUBLE_RIGHTS * DOUBLE_SUMS;

        for (u32 round = 0; round < rounds; round++) {
                const u32 set = (warp + first + round) % DOUBLE_SETS;
                const u32 index = set * sums * WARP_SIZE + lane;
                double sum[DOUBLE_LEFTS][DOUBLE_RIGHTS][DOUBLE_SUMS] = {};
                double left[DOUBLE_LEFTS][DOUBLE_A], right[DOUBLE_RIGHTS][DOUBLE_B];

                load(left, a + set * DOUBLE_LEFTS * DOUBLE_A * WARP_SIZE, DOUBLE_LEFTS, lane);
                load(right, b + set * DOUBLE_RIGHTS * DOUBLE_B * WARP_SIZE, DOUBLE_RIGHTS, lane);
#pragma unroll 1
                for (u32 step = 0; step < DOUBLE_STEPS; step++) {
#pragma unroll
                        for (u32 s = 0; s < 4; s++) {
#pragma unroll
                                for (u32 n = 0; n < DOUBLE_LEFTS * DOUBLE_RIGHTS; n++)
                                        multiply(sum[n / DOUBLE_RIGHTS][n % DOUBLE_RIGHTS],
                                                left[DOUBLE_LEFT(n / DOUBLE_RIGHTS, s)],
                                                right[DOUBLE_RIGHT(n % DOUBLE_RIGHTS, s)]);
                        }
                }
#ifdef FORESTAGE_SABOTEUR
                spoil(report, sum[1][2][3], round, set);
#endif
                compare_sums<sums>(report, &sum[0][0][0], expected + index, WARP_SIZE, index);
                set_done(report, set);
        }
}
