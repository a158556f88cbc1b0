/*
 * The same on Hopper, through wgmma: see wgmma.h and sparse.cu. A tile of B is 64 bytes deep, so
 * that there are two of them; places[set][tile of A][thread] says which elements A has.
 */
#include "sparse.h"
#include "wgmma.h"

#define PART(a, b, place, selector)                                                      \
        "wgmma.mma_async.sp.sync.aligned.m64n256k32.f32.f16.f16 " SUMS ", " a ", " b ", " place \
        ", " selector ", go, 1, 1, 0, 0;\n"

/* `b`: the descriptors of its tiles, and behind them the places of tiles 0 and 1, 2 and 3 of A. */
struct sparse {
        typedef float sum;
        static inline __device__ void multiply(float *d, const u64 *a, const u64 *b)
        {
                asm volatile("{\n.reg .pred go, more;\n.reg .u32 left, p0, p1, p2, p3;\n"
                             "setp.ne.u32 go, 0, 0;\n"
                             "mov.u32 left, %136;\n"
                             "mov.b64 {p0, p1}, %134;\n"
                             "mov.b64 {p2, p3}, %135;\n"
                             "wgmma.fence.sync.aligned;\n"
                             "again:\n" PART("%128", "%132", "p0", "0") //
                             "setp.ne.u32 go, 1, 0;\n" PART("%129", "%133", "p1", "1")
                                     PART("%130", "%132", "p2", "0") PART("%131", "%133", "p3", "1")
                             "wgmma.commit_group.sync.aligned;\n"
                             "sub.u32 left, left, 1;\n"
                             "setp.ne.u32 more, left, 0;\n"
                             "@more bra again;\n"
                             "wgmma.wait_group.sync.aligned 0;\n}\n"
                             : OUT128("=f")
                             : "l"(a[0]), "l"(a[1]), "l"(a[2]), "l"(a[3]), "l"(b[0]), "l"(b[1]),
                             "l"(b[2]), "l"(b[3]), "n"(TENSOR_STEPS)
                             : "memory");
        }
};

DEVICE u64 two_places(const u32 *places, u32 set, u32 tile)
{
        const u32 *at = places + (set * WGMMA_TILES + tile) * 128 + thread_x() % 128;

        return (u64)at[128] << 32 | at[0];
}

/* Half of the rounds with one set, half with the other, as wgmma(). */
KERNEL __attribute__((launch_bounds(WGMMA_THREADS, 1))) wgmma_sparse(struct check_report *report,
        const u32 *a, const u32 *b, const u32 *expected, const u32 *places, u32 rounds, u32 first)
{
        u64 left[WGMMA_TILES], right[WGMMA_TILES];

#pragma unroll
        for (u32 t = 0; t < WGMMA_TILES; t++)
                left[t] = descriptor(a_tiles + t * (WGMMA_A_BYTES / 4), 256);
#pragma unroll
        for (u32 t = 0; t < SPARSE_B_TILES; t++)
                right[t] = descriptor(b_tiles + t * (SPARSE_B_BYTES / 4), 512);
#pragma unroll 1
        for (u32 half = 0; half < TENSOR_SETS; half++) {
                u32 set = (block_x() + first + half) % TENSOR_SETS, part = half_of(rounds, half);

                if (part == 0)
                        break;
                fill_tiles(a, b, set);
                right[2] = two_places(places, set, 0);
                right[3] = two_places(places, set, 2);
                wgmma_rounds<sparse>(report, left, right, expected, set, part, half > 0);
                block_barrier();
        }
}
