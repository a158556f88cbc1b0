/* The plainest kernels that reach a limit of the GPU; they check nothing. */
#include "../../kernels/device.h"

typedef u64 u64x2 __attribute__((ext_vector_type(2)));

/* Pairs a block: as many as a block of the memory tests has. */
#define PAIRS 16384u

KERNEL plain_write(u64x2 *data, u64 value)
{
        u64x2 both = { value, value };
        u64x2 *mine = data + (u64)block_x() * PAIRS + thread_x();

#pragma unroll 4
        for (u32 i = 0; i < PAIRS; i += 256)
                mine[i] = both;
}

/* The sum keeps the compiler from leaving the loads out; it is stored in one case of 2^64. */
KERNEL plain_read(u64x2 *data, u64 value)
{
        const u64x2 *mine = data + (u64)block_x() * PAIRS + thread_x();
        u64 sum = 0;

#pragma unroll 8
        for (u32 i = 0; i < PAIRS; i += 256)
                sum += mine[i].x ^ mine[i].y;
        if (sum == value)
                data[0].x = sum;
}

/* From the memory of another GPU into its own. */
KERNEL plain_pull(u64x2 *to, const u64x2 *from)
{
        u64 first = (u64)block_x() * PAIRS + thread_x();

#pragma unroll 8
        for (u32 i = 0; i < PAIRS; i += 256)
                to[first + i] = from[first + i];
}

/*
 * Two warps of a block, `one` and `other`, have as many multiplications to do as a quarter of a
 * multiprocessor can begin. Each says its %warpid and how many clocks it took.
 */
KERNEL plain_quarters(u32 *warpid, u64 *clocks, float *out, u32 one, u32 other)
{
        u32 warp = thread_x() / WARP_SIZE, id;
        u64 start, end;
        float x[8];

        block_barrier();
        if (warp != one && warp != other)
                return;
#pragma unroll
        for (int c = 0; c < 8; c++)
                x[c] = (float)(int)(thread_x() + c);
        asm volatile("mov.u32 %0, %%warpid;" : "=r"(id));
        asm volatile("mov.u64 %0, %%clock64;" : "=l"(start)::"memory");
#pragma unroll 1
        for (u32 step = 0; step < 4096; step++) {
#pragma unroll
                for (int u = 0; u < 8; u++) {
#pragma unroll
                        for (int c = 0; c < 8; c++)
                                x[c] = __builtin_fmaf(x[c], 0.99f, 0.01f);
                }
        }
        asm volatile("mov.u64 %0, %%clock64;" : "=l"(end)::"memory");
        for (int c = 1; c < 8; c++)
                x[0] += x[c];
        if (x[0] == 7)
                *out = x[0];
        if (thread_x() % WARP_SIZE == 0) {
                warpid[warp] = id;
                clocks[warp] = end - start;
        }
}

template <typename real> DEVICE void plain_fma(real *out, real a, real b, u32 steps)
{
        real x[8];

#pragma unroll
        for (int c = 0; c < 8; c++)
                x[c] = a * (real)(int)(thread_x() + c);
#pragma unroll 1
        for (u32 step = 0; step < steps; step += 32) {
#pragma unroll
                for (int u = 0; u < 32; u++) {
#pragma unroll
                        for (int c = 0; c < 8; c++)
                                x[c] = x[c] * a + b;
                }
        }
        for (int c = 1; c < 8; c++)
                x[0] += x[c];
        if (x[0] == b)
                *out = x[0];
}

KERNEL plain_fp32(float *out, float a, float b, u32 steps)
{
        plain_fma(out, a, b, steps);
}

KERNEL plain_fp64(double *out, double a, double b, u32 steps)
{
        plain_fma(out, a, b, steps);
}
