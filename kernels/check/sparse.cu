/*
 * The tensor cores where half of A is known to be zero, with half precision: of four elements
 * beside each other two are there, and two bits each say which. As mma.h, but that B has four
 * registers, that place[set][fragment][lane] says which elements A has, and that half of the lanes
 * say it: of fragments 0 and 2 the lower two of four, of the others the upper two.
 */
#include "result.h"
#include "sparse.h"

template <u32 selector>
DEVICE void multiply(float *d, const u32 *a, const u32 *b, u32 place)
{
        asm volatile("mma.sp.sync.aligned.m16n8k32.row.col.f32.f16.f16.f32 "
                     "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9,%10,%11}, {%0,%1,%2,%3}, %12, %13;"
                     : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                     : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]), "r"(b[2]),
                     "r"(b[3]), "r"(place), "n"(selector));
}

/* The four registers of each fragment of a set. */
DEVICE void load_fragments(u32 (*to)[4], const u32 *from, u32 set, u32 lane)
{
#pragma unroll
        for (u32 n = 0; n < 16; n++)
                to[n / 4][n % 4] = from[(set * 16 + n) * WARP_SIZE + lane];
}

/* A turn of all sums. */
DEVICE void sparse_turn(
        float (*sum)[4], const u32 (*left)[4], const u32 (*right)[4], const u32 *place, u32 s)
{
#pragma unroll
        for (u32 n = 0; n < 16; n++) {
                const u32 f = TENSOR_LEFT(n / 4, s), g = TENSOR_RIGHT(n % 4, s);

                if (f % 2)
                        multiply<1>(sum[n], left[f], right[g], place[f]);
                else
                        multiply<0>(sum[n], left[f], right[g], place[f]);
        }
}

/* A warp takes the sets by turns: every quarter sees all of them. `first`: see compute.cu. */
KERNEL __attribute__((launch_bounds(TENSOR_THREADS, 2))) tensor_sparse(struct check_report *report,
        const u32 *a, const u32 *b, const u32 *expected, const u32 *places, u32 rounds, u32 first)
{
        const u32 lane = thread_x() % WARP_SIZE, warp = thread_x() / WARP_SIZE;

        for (u32 round = 0; round < rounds; round++) {
                const u32 set = (warp + first + round) % TENSOR_SETS;
                const u32 index = set * 64 * WARP_SIZE + lane;
                float sum[16][4] = {};
                u32 left[4][4], right[4][4], place[4];

                load_fragments(left, a, set, lane);
                load_fragments(right, b, set, lane);
#pragma unroll
                for (u32 f = 0; f < 4; f++)
                        place[f] = places[(set * 4 + f) * WARP_SIZE + lane];
#pragma unroll 1
                for (u32 step = 0; step < TENSOR_STEPS; step++) {
#pragma unroll
                        for (u32 s = 0; s < 4; s++)
                                sparse_turn(sum, left, right, place, s);
                }
#ifdef FORESTAGE_SABOTEUR
                spoil(report, sum[6][3], round, set);
#endif
                compare_sums<64>(report, &sum[0][0], expected + index, WARP_SIZE, index);
                set_done(report, set);
        }
}
