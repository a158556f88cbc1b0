/*
 * The tensor cores through mma.sync, without memory in the way: every warp multiplies four
 * fragments of A with four of B over and over, and compares the sums with the exact result.
 * The inputs are whole numbers times powers of two, so small that no sum needs more bits than there
 * are: whatever order the hardware adds in, only one result is right. Two sets of inputs (A wide
 * and B narrow, and the other way round) take turns by warp, so that every bit of both operands is
 * used.
 *
 * a[set][fragment][register][lane], b likewise with two registers; expected[set][i][j][register]
 * [lane] is what TENSOR_STEPS steps add up to.
 */
#pragma once

#include "result.h"
#include "tensor.h"

#define MMA(name, shape, accumulator, constraint)                                             \
        struct name {                                                                         \
                typedef accumulator sum;                                                      \
                static inline __device__ void multiply(sum *d, const u32 *a, const u32 *b)    \
                {                                                                             \
                        asm volatile("mma.sync.aligned." shape                                \
                                     " {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};" \
                                     : "+" constraint(d[0]), "+" constraint(d[1]),            \
                                     "+" constraint(d[2]), "+" constraint(d[3])               \
                                     : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), \
                                     "r"(b[1]));                                              \
                }                                                                             \
        };

/* The fragments of a set, and where its expected sums begin. */
DEVICE void load_set(u32 (*left)[4], u32 (*right)[2], const u32 *a, const u32 *b, u32 set, u32 lane)
{
#pragma unroll
        for (u32 f = 0; f < 4; f++) {
#pragma unroll
                for (u32 r = 0; r < 4; r++)
                        left[f][r] = a[((set * 4 + f) * 4 + r) * WARP_SIZE + lane];
#pragma unroll
                for (u32 r = 0; r < 2; r++)
                        right[f][r] = b[((set * 4 + f) * 2 + r) * WARP_SIZE + lane];
        }
}

/* A warp takes the sets by turns: every quarter sees all of them. `first`: see compute.cu. */
template <class type>
DEVICE void tensor(struct check_report *report, const u32 *a, const u32 *b, const u32 *expected,
        u32 rounds, u32 first)
{
        const u32 lane = thread_x() % WARP_SIZE, warp = thread_x() / WARP_SIZE;

        for (u32 round = 0; round < rounds; round++) {
                const u32 set = (warp + first + round) % TENSOR_SETS;
                const u32 index = set * 64 * WARP_SIZE + lane;
                typename type::sum sum[4][4][4] = {};
                u32 left[4][4], right[4][2];

                load_set(left, right, a, b, set, lane);
#pragma unroll 1
                for (u32 step = 0; step < TENSOR_STEPS; step++) {
#pragma unroll
                        for (u32 s = 0; s < 4; s++) {
#pragma unroll
                                for (u32 i = 0; i < 4; i++) {
#pragma unroll
                                        for (u32 j = 0; j < 4; j++)
                                                type::multiply(sum[i][j], left[TENSOR_LEFT(i, s)],
                                                        right[TENSOR_RIGHT(j, s)]);
                                }
                        }
                }
#ifdef FORESTAGE_SABOTEUR
                spoil(report, sum[1][2][3], round, set);
#endif
                compare_sums<64>(report, &sum[0][0][0], expected + index, WARP_SIZE, index);
                set_done(report, set);
        }
}

/* MMA() has made the type. */
#define TENSOR_KERNEL(type)                                                    \
        KERNEL __attribute__((launch_bounds(TENSOR_THREADS, 2)))               \
        tensor_##type(struct check_report *report, const u32 *a, const u32 *b, \
                const u32 *expected, u32 rounds, u32 first)                    \
        {                                                                      \
                tensor<struct type>(report, a, b, expected, rounds, first);    \
        }
