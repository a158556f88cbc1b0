/* How the kernels of the arithmetic units report. */
#pragma once

#include "common.h"

/* A wrong result of an arithmetic unit. */
NOINLINE void wrong_result(struct check_report *report, u64 where, u64 expected, u64 found)
{
        add_global(&report->errors, (u64)1);
        add_global(&report->wrong[multiprocessor() % CHECK_MAX_SM][quarter()], 1u);
        record_error(report, 0, where, expected, found, found);
}

#ifdef FORESTAGE_SABOTEUR
DEVICE bool is_victim(const struct check_report *report, u32 set)
{
        const struct check_sabotage *sabotage = &report->sabotage;

        return sabotage->multiprocessor == multiprocessor() + 1 &&
               sabotage->quarter == quarter() + 1 &&
               (sabotage->set == 0 || sabotage->set == set + 1);
}

/* A fault has changed something; a flag is enough, and does not slow the others down. */
DEVICE void acted(const struct check_report *report)
{
        volatile u32 *flag = (volatile u32 *)&report->sabotage.acted;

        if (*flag == 0)
                *flag = 1;
}
#endif

/* Every lane of the warp has compared what came of this set, so many times. */
DEVICE void sets_done(struct check_report *report, u32 set, u32 rounds)
{
#ifdef FORESTAGE_SABOTEUR
        if (report->sabotage.idle && is_victim(report, set))
                return;
#endif
        if (thread_x() % WARP_SIZE == 0)
                add_global(&report->runs[multiprocessor() % CHECK_MAX_SM][quarter()][set], rounds);
}

DEVICE void set_done(struct check_report *report, u32 set)
{
        sets_done(report, set, 1);
}

DEVICE u32 sum_bits(float value)
{
        return __builtin_bit_cast(u32, value);
}

DEVICE u32 sum_bits(int value)
{
        return (u32)value;
}

DEVICE u32 sum_bits(u32 value)
{
        return value;
}

DEVICE u64 sum_bits(double value)
{
        return __builtin_bit_cast(u64, value);
}

#ifdef FORESTAGE_SABOTEUR
DEVICE void set_bits(float &value, u32 bits)
{
        value = __builtin_bit_cast(float, bits);
}

DEVICE void set_bits(int &value, u32 bits)
{
        value = (int)bits;
}

DEVICE void set_bits(u32 &value, u32 bits)
{
        value = bits;
}

DEVICE void set_bits(double &value, u64 bits)
{
        value = __builtin_bit_cast(double, bits);
}

/* The smallest change there is, of one result; or a bit that is stuck in a whole quarter. */
template <class real>
DEVICE void spoil(const struct check_report *report, real &sum, u32 round, u32 set)
{
        const struct check_sabotage *sabotage = &report->sabotage;
        const decltype(sum_bits(sum)) one = 1, before = sum_bits(sum);

        if (sabotage->multiprocessor != multiprocessor() + 1 || sabotage->idle)
                return;
        if (sabotage->quarter == 0 && thread_x() == 77 && round == 0)
                set_bits(sum, before ^ one);
        if (is_victim(report, set))
                set_bits(sum, before | one << sabotage->bit % (8 * sizeof(one)));
        if (sum_bits(sum) != before)
                acted(report);
}
#endif

/*
 * Compares a thread's `count` sums with what is expected of them, `stride` words apart; the first
 * is result number `index`. The slow way, which tells them apart, is there only once: it looks at
 * a copy in memory.
 */
template <u32 count, class real, class bits>
DEVICE void compare_sums(
        struct check_report *report, const real *sum, const bits *expected, u32 stride, u32 index)
{
        bits wrong = 0;

#pragma unroll
        for (u32 n = 0; n < count; n++)
                wrong |= sum_bits(sum[n]) ^ *(const volatile bits *)(expected + n * stride);
        if (__builtin_expect(wrong == 0, 1))
                return;

        volatile bits copy[count];

#pragma unroll
        for (u32 n = 0; n < count; n++)
                copy[n] = sum_bits(sum[n]);
#pragma unroll 1
        for (u32 n = 0; n < count; n++) {
                bits found = copy[n], wanted = expected[n * stride];

                if (found != wanted)
                        wrong_result(report, index + n * stride, wanted, found);
        }
}
