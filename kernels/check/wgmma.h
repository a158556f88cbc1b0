/*
 * The tensor cores of Hopper through wgmma, the only way to their full rate. Four warps (a warp
 * group) multiply a tile of 64 rows of A with one of 256 columns of B, both in shared memory, each
 * 32 bytes deep. As in tensor.cu, whole numbers keep every sum exact, and every sum is compared.
 *
 * clang knows no sm_90a; what includes this is compiled for sm_80, and the build replaces the two
 * lines that name the version and the target of the PTX.
 *
 * a[set][tile] and b[set][tile] are WGMMA_A_BYTES and WGMMA_B_BYTES in the layout of core matrices
 * (8 rows of 16 bytes); expected[set][register][thread] is what TENSOR_STEPS steps add up to.
 */
#pragma once

#include "result.h"
#include "tensor.h"

SHARED __attribute__((aligned(128))) u32 a_tiles[WGMMA_TILES * WGMMA_A_BYTES / 4];
SHARED __attribute__((aligned(128))) u32 b_tiles[WGMMA_TILES * WGMMA_B_BYTES / 4];

#define TEN(n) \
        "%" #n "0,%" #n "1,%" #n "2,%" #n "3,%" #n "4,%" #n "5,%" #n "6,%" #n "7,%" #n "8,%" #n "9,"
#define SUMS                                                                                      \
        "{%0,%1,%2,%3,%4,%5,%6,%7,%8,%9," TEN(1) TEN(2) TEN(3) TEN(4) TEN(5) TEN(6) TEN(7) TEN(8) \
                TEN(9) TEN(10) TEN(11) "%120,%121,%122,%123,%124,%125,%126,%127}"

#define OUT8(c, i)                                                                             \
        c(d[i]), c(d[i + 1]), c(d[i + 2]), c(d[i + 3]), c(d[i + 4]), c(d[i + 5]), c(d[i + 6]), \
                c(d[i + 7])
#define OUT32(c, i) OUT8(c, i), OUT8(c, i + 8), OUT8(c, i + 16), OUT8(c, i + 24)
#define OUT128(c)   OUT32(c, 0), OUT32(c, 32), OUT32(c, 64), OUT32(c, 96)

#define ONE(shape, a, b, tail) \
        "wgmma.mma_async.sync.aligned." shape " " SUMS ", " a ", " b ", go" tail ";\n"

/* All steps of a round as one statement, so that nothing comes between the asynchronous parts. */
#define WGMMA(name, shape, accumulator, constraint, tail)                                          \
        struct name {                                                                              \
                typedef accumulator sum;                                                           \
                static inline __device__ void multiply(sum *d, const u64 *a, const u64 *b)         \
                {                                                                                  \
                        asm volatile("{\n.reg .pred go, more;\n.reg .u32 left;\n"                  \
                                     "setp.ne.u32 go, 0, 0;\n"                                     \
                                     "mov.u32 left, %136;\n"                                       \
                                     "wgmma.fence.sync.aligned;\n"                                 \
                                     "again:\n" ONE(shape, "%128", "%132",                         \
                                             tail) "setp.ne.u32 go, 1, 0;\n" ONE(shape, "%129",    \
                                             "%133", tail) ONE(shape, "%130", "%134", tail)        \
                                             ONE(shape, "%131", "%135",                            \
                                                     tail) "wgmma.commit_group.sync.aligned;\n"    \
                                                           "sub.u32 left, left, 1;\n"              \
                                                           "setp.ne.u32 more, left, 0;\n"          \
                                                           "@more bra again;\n"                    \
                                                           "wgmma.wait_group.sync.aligned 0;\n}\n" \
                                     : OUT128(constraint)                                          \
                                     : "l"(a[0]), "l"(a[1]), "l"(a[2]), "l"(a[3]), "l"(b[0]),      \
                                     "l"(b[1]), "l"(b[2]), "l"(b[3]), "n"(TENSOR_STEPS)            \
                                     : "memory");                                                  \
                }                                                                                  \
        };

/* Descriptor of a tile without swizzle: core matrices 128 bytes apart along K, so many across. */
DEVICE u64 descriptor(const u32 *tile, u32 across)
{
        u64 address;

        asm("cvta.to.shared.u64 %0, %1;" : "=l"(address) : "l"(tile));
        return (address & 0x3ffff) >> 4 | (u64)(128 >> 4) << 16 | (u64)(across >> 4) << 32;
}

DEVICE void fill_tiles(const u32 *a, const u32 *b, u32 set)
{
        for (u32 i = thread_x(); i < WGMMA_TILES * WGMMA_A_BYTES / 4; i += WGMMA_THREADS)
                a_tiles[i] = a[set * (WGMMA_TILES * WGMMA_A_BYTES / 4) + i];
        for (u32 i = thread_x(); i < WGMMA_TILES * WGMMA_B_BYTES / 4; i += WGMMA_THREADS)
                b_tiles[i] = b[set * (WGMMA_TILES * WGMMA_B_BYTES / 4) + i];
        asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
        block_barrier();
}

/* So many rounds with the set that is in shared memory. `more`: others come before. */
template <class type>
DEVICE void wgmma_rounds(struct check_report *report, const u64 *left, const u64 *right,
        const u32 *expected, u32 set, u32 rounds, bool more)
{
        expected += set * WGMMA_SUMS * 128 + thread_x() % 128;
#pragma unroll 1
        for (u32 round = 0; round < rounds; round++) {
                typename type::sum sum[WGMMA_SUMS];

                type::multiply(sum, left, right);
#ifdef FORESTAGE_SABOTEUR
                spoil(report, sum[99], more ? 1 : round, set);
#else
                (void)more;
#endif
                compare_sums<WGMMA_SUMS>(
                        report, sum, expected, 128, set * WGMMA_SUMS * 128 + thread_x() % 128);
        }
        sets_done(report, set, rounds);
}

/* How many of the rounds are with the first set, or with the second. */
DEVICE u32 half_of(u32 rounds, u32 half)
{
        return (rounds + TENSOR_SETS - 1 - half) / TENSOR_SETS;
}

/*
 * Half of the rounds with one set, half with the other: with both in shared memory, and turns of
 * one round, the rate was a hundredth lower. `first`: see compute.cu.
 */
template <class type>
DEVICE void wgmma(struct check_report *report, const u32 *a, const u32 *b, const u32 *expected,
        u32 rounds, u32 first)
{
        u64 left[WGMMA_TILES], right[WGMMA_TILES];

#pragma unroll
        for (u32 t = 0; t < WGMMA_TILES; t++) {
                left[t] = descriptor(a_tiles + t * (WGMMA_A_BYTES / 4), 256);
                right[t] = descriptor(b_tiles + t * (WGMMA_B_BYTES / 4), 256);
        }
#pragma unroll 1
        for (u32 half = 0; half < TENSOR_SETS; half++) {
                u32 set = (block_x() + first + half) % TENSOR_SETS, part = half_of(rounds, half);

                if (part == 0)
                        break;
                fill_tiles(a, b, set);
                wgmma_rounds<type>(report, left, right, expected, set, part, half > 0);
                block_barrier();
        }
}

/* WGMMA() has made the type. */
#define WGMMA_KERNEL(type)                                                                         \
        KERNEL __attribute__((launch_bounds(WGMMA_THREADS, 1)))                                    \
        wgmma_##type(struct check_report *report, const u32 *a, const u32 *b, const u32 *expected, \
                u32 rounds, u32 first)                                                             \
        {                                                                                          \
                wgmma<struct type>(report, a, b, expected, rounds, first);                         \
        }
