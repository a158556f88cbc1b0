/*
 * The unit for special functions, which only approximates: what it gives for an argument is written
 * nowhere, but it is the same everywhere. So every quarter of every multiprocessor goes through the
 * significands of all numbers, and sums up what it gets, with a factor that tells arguments apart;
 * the CPU compares the sums of the quarters.
 */
#include "special.h"
#include "vote.h"

#define SPECIAL(n, instruction)                                 \
        DEVICE u32 special_##n(float x)                         \
        {                                                       \
                float y;                                        \
                                                                \
                asm(instruction " %0, %1;" : "=f"(y) : "f"(x)); \
                return sum_bits(y);                             \
        }

SPECIAL(rcp, "rcp.approx.ftz.f32")
SPECIAL(rsqrt, "rsqrt.approx.ftz.f32")
SPECIAL(lg2, "lg2.approx.ftz.f32")
SPECIAL(ex2, "ex2.approx.ftz.f32")
SPECIAL(sin, "sin.approx.ftz.f32")
SPECIAL(cos, "cos.approx.ftz.f32")

/* The arguments of a quarter are its warps' by turns; `stride`: 1, or only every so many-th. */
KERNEL __attribute__((launch_bounds(SPECIAL_THREADS, 1)))
special_functions(struct check_report *report, struct special_sums *sums, u32 stride)
{
        const u32 lane = thread_x() % WARP_SIZE, sm = multiprocessor() % CHECK_MAX_SM;
        u32 all, place = place_in_quarter(&all);
        u64 sum[SPECIAL_FUNCTIONS] = {};

        for (u32 n = place * WARP_SIZE + lane; n < SPECIAL_ARGUMENTS / stride;
                n += all * WARP_SIZE) {
                float x = __builtin_bit_cast(float, 0x3f800000u + n * stride);
                u32 y[SPECIAL_FUNCTIONS] = { special_rcp(x), special_rsqrt(x), special_lg2(x),
                        special_ex2(x), special_sin(x), special_cos(x) };
                u64 factor = n * 0x9e3779b97f4a7c15ull | 1;

#ifdef FORESTAGE_SABOTEUR
                spoil(report, y[3], n - place * WARP_SIZE - lane, 0);
#endif
#pragma unroll
                for (u32 f = 0; f < SPECIAL_FUNCTIONS; f++)
                        sum[f] += y[f] * factor;
        }
#pragma unroll
        for (u32 f = 0; f < SPECIAL_FUNCTIONS; f++)
                add_global(&sums->sum[sm][quarter()][f], sum[f]);
        set_done(report, 0);
}
