/* How the kernels of the arithmetic units report. */
#pragma once

#include "common.h"

/* A wrong result of an arithmetic unit. */
NOINLINE void wrong_result(struct check_report *report, u64 where, u64 expected, u64 found)
{
        add_global(&report->errors, (u64)1);
        add_global(&report->sm_errors[multiprocessor() % CHECK_MAX_SM], 1u);
        record_error(report, where, expected, found, found);
}

DEVICE void block_ran(struct check_report *report)
{
        if (thread_x() == 0)
                add_global(&report->sm_runs[multiprocessor() % CHECK_MAX_SM], 1u);
}

DEVICE u32 sum_bits(float value)
{
        return __builtin_bit_cast(u32, value);
}

DEVICE u32 sum_bits(int value)
{
        return (u32)value;
}

#ifdef FORESTAGE_SABOTEUR
/* The smallest change there is, whatever the exponent. */
DEVICE void spoil(float &sum)
{
        sum = __builtin_bit_cast(float, sum_bits(sum) ^ 1u);
}

DEVICE void spoil(int &sum)
{
        sum ^= 1;
}
#endif

/*
 * Compares a thread's `count` sums with what is expected of them, `stride` words apart; the first
 * is result number `index`. The slow way, which tells them apart, is there only once: it looks at
 * a copy in memory.
 */
template <u32 count, class real>
DEVICE void compare_sums(
        struct check_report *report, const real *sum, const u32 *expected, u32 stride, u32 index)
{
        u32 wrong = 0;

#pragma unroll
        for (u32 n = 0; n < count; n++)
                wrong |= sum_bits(sum[n]) ^ *(const volatile u32 *)(expected + n * stride);
        if (__builtin_expect(wrong == 0, 1))
                return;

        volatile u32 copy[count];

#pragma unroll
        for (u32 n = 0; n < count; n++)
                copy[n] = sum_bits(sum[n]);
#pragma unroll 1
        for (u32 n = 0; n < count; n++) {
                u32 found = copy[n], wanted = expected[n * stride];

                if (found != wanted)
                        wrong_result(report, index + n * stride, wanted, found);
        }
}
