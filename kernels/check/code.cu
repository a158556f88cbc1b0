/*
 * The caches of instructions: code without a loop, longer than they are, of which each instruction
 * has a number of its own. The code is not here: where the marker is, forestage-run puts it before
 * the driver compiles it (runner/answers/check_code.h), and so knows what comes of it.
 */
#include "code.h"
#include "result.h"

/* `seed` and `expected` have CODE_THREADS values for each of CODE_VALUES. As in compute.cu. */
KERNEL __attribute__((launch_bounds(CODE_THREADS, 1))) sram_code(
        struct check_report *report, const u32 *seed, const u32 *expected, u32 rounds, u32 first)
{
#pragma unroll 1
        for (u32 round = 0; round < rounds; round++) {
                u32 at = (thread_x() + (first + round) * WARP_SIZE) % CODE_THREADS;
                u32 x[CODE_VALUES];

#pragma unroll
                for (u32 v = 0; v < CODE_VALUES; v++)
                        x[v] = ((const volatile u32 *)seed)[v * CODE_THREADS + at];
                asm volatile(CODE_MARKER "%0, %1, %2, %3"
                             : "+r"(x[0]), "+r"(x[1]), "+r"(x[2]), "+r"(x[3]));
#ifdef FORESTAGE_SABOTEUR
                spoil(report, x[CODE_VALUES - 1], round, 0);
#endif
                compare_sums<CODE_VALUES>(report, x, expected + at, CODE_THREADS, at);
                set_done(report, 0);
        }
}
