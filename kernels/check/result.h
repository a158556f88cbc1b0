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

        return (sabotage->alike || (sabotage->multiprocessor == multiprocessor() + 1 &&
                                           sabotage->quarter == quarter() + 1)) &&
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

DEVICE u64 sum_bits(u64 value)
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

DEVICE void set_bits(u64 &value, u64 bits)
{
        value = bits;
}

DEVICE void set_bits(double &value, u64 bits)
{
        value = __builtin_bit_cast(double, bits);
}

/* Of a result: bits that are one whatever it is, and bits that are inverted. */
struct fault {
        u64 stuck, turned;
};

/*
 * The smallest change there is, of one result, which `first` is; or a bit that is stuck in a whole
 * quarter. With a mask, of either, its bits inverted.
 */
DEVICE struct fault fault_of(const struct check_report *report, bool first, u32 set)
{
        const struct check_sabotage *sabotage = &report->sabotage;
        struct fault fault = {};

        if (sabotage->idle)
                return fault;
        if (sabotage->multiprocessor == multiprocessor() + 1 && sabotage->quarter == 0 &&
                thread_x() == 77 && first)
                fault.turned = sabotage->mask ? sabotage->mask : 1;
        if (is_victim(report, set) && sabotage->mask)
                fault.turned = sabotage->mask;
        else if (is_victim(report, set))
                fault.stuck = 1ull << sabotage->bit % 64;
        return fault;
}

/* In a narrower result a place is that modulo its width. */
template <class bits>
DEVICE bits spoilt(const struct check_report *report, bits result, struct fault fault)
{
        bits wrong;

        if (sizeof(bits) == 4) {
                fault.stuck |= fault.stuck >> 32;
                fault.turned |= fault.turned >> 32;
        }
        wrong = (result | (bits)fault.stuck) ^ (bits)fault.turned;
        if (wrong != result)
                acted(report);
        return wrong;
}

template <class real>
DEVICE void spoil(const struct check_report *report, real &sum, u32 round, u32 set)
{
        set_bits(sum, spoilt(report, sum_bits(sum), fault_of(report, round == 0, set)));
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
