/* What the kernels of the checks share: where a thread runs, and how it reports what is wrong. */
#pragma once

#include "../device.h"
#include "report.h"

#define NOINLINE __device__ __attribute__((noinline, unused)) static

DEVICE u32 multiprocessor(void)
{
        u32 sm;

        asm volatile("mov.u32 %0, %%smid;" : "=r"(sm));
        return sm;
}

/* Which quarter of it: docs/validation.md says what that rests on. */
DEVICE u32 quarter(void)
{
        u32 warp;

        asm volatile("mov.u32 %0, %%warpid;" : "=r"(warp));
        return warp % CHECK_QUARTERS;
}

DEVICE u64 add_global(u64 *to, u64 value)
{
        u64 old;

        asm volatile("atom.global.add.u64 %0, [%1], %2;"
                     : "=l"(old)
                     : "l"(to), "l"(value)
                     : "memory");
        return old;
}

DEVICE u32 add_global(u32 *to, u32 value)
{
        u32 old;

        asm volatile("atom.global.add.u32 %0, [%1], %2;"
                     : "=r"(old)
                     : "l"(to), "r"(value)
                     : "memory");
        return old;
}

/* Takes a place in the list while there is one; the read keeps a flood off the counter. */
DEVICE void record_error(
        struct check_report *report, u32 sweep, u64 where, u64 expected, u64 found, u64 again)
{
        u32 slot;

        if (*(volatile u32 *)&report->recorded >= CHECK_MAX_ERRORS)
                return;
        slot = add_global(&report->recorded, 1u);
        if (slot >= CHECK_MAX_ERRORS)
                return;
        report->error[slot].where = where;
        report->error[slot].expected = expected;
        report->error[slot].found = found;
        report->error[slot].again = again;
        report->error[slot].sm = multiprocessor();
        report->error[slot].quarter = quarter();
        report->error[slot].sweep = sweep;
        report->error[slot].block = block_x();
}
