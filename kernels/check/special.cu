/*
 * The unit for special functions, which only approximates: what it gives for an argument is written
 * nowhere, but it is the same everywhere. So every quarter of every multiprocessor goes through the
 * significands of all numbers, and sums up what it gets, with a factor that tells arguments apart;
 * the CPU compares the sums of the quarters.
 */
#include "result.h"
#include "special.h"

#define SPECIAL(n, instruction)                                                               \
        DEVICE u32 special_##n(float x)                                                       \
        {                                                                                     \
                float y;                                                                      \
                                                                                              \
                asm(instruction " %0, %1;" : "=f"(y) : "f"(x));                               \
                return sum_bits(y);                                                           \
        }

SPECIAL(rcp, "rcp.approx.ftz.f32")
SPECIAL(rsqrt, "rsqrt.approx.ftz.f32")
SPECIAL(lg2, "lg2.approx.ftz.f32")
SPECIAL(ex2, "ex2.approx.ftz.f32")
SPECIAL(sin, "sin.approx.ftz.f32")
SPECIAL(cos, "cos.approx.ftz.f32")

/* So many warps of the block are in each quarter. */
SHARED u32 special_warps[CHECK_QUARTERS];

/* Which of the warps in its quarter this is; after a barrier, `ret_all` says how many there are. */
DEVICE u32 place_in_quarter(u32 *ret_all)
{
        u32 mine = 0;

        if (thread_x() < CHECK_QUARTERS)
                ((volatile u32 *)special_warps)[thread_x()] = 0;
        block_barrier();
        if (thread_x() % WARP_SIZE == 0)
                mine = __nvvm_atom_add_gen_i((int *)&special_warps[quarter()], 1);
        block_barrier();
        *ret_all = ((volatile u32 *)special_warps)[quarter()];
        return __nvvm_shfl_sync_idx_i32(ALL_LANES, mine, 0, 31);
}

#ifdef FORESTAGE_SABOTEUR
/* A bit that is stuck in all results of a quarter, or one result of one thread that is wrong. */
DEVICE void spoil_special(const struct check_report *report, u32 *y, u32 n)
{
        const struct check_sabotage *sabotage = &report->sabotage;
        const u32 before = y[3];

        if (sabotage->multiprocessor != multiprocessor() + 1 || sabotage->idle)
                return;
        if (sabotage->quarter == 0 && thread_x() == 77 && n == thread_x() % WARP_SIZE)
                y[3] ^= 1u;
        if (is_victim(report, 0))
                y[3] |= 1u << sabotage->bit % 32;
        if (y[3] != before)
                acted(report);
}
#endif

/* The arguments of a quarter are its warps' by turns; `stride`: 1, or only every so many-th. */
KERNEL __attribute__((launch_bounds(SPECIAL_THREADS, 1))) special_functions(
        struct check_report *report, struct special_sums *sums, u32 stride)
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
                spoil_special(report, y, n - place * WARP_SIZE);
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
