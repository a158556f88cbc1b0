/*
 * What the kernels of bitwise agreement share. Results are folded as they are but for NaN, of which
 * there is one: which of them comes out is open in PTX ("programs should not rely on the specific
 * NaNs being generated"), and IEEE 754 leaves open what becomes of a payload.
 */
#pragma once

#include "vote.h"

#define AGREEMENT_FUNCTION static inline __attribute__((device))
#define AGREEMENT_LARGE    static __attribute__((device, noinline, unused)) /* as fold_in */
#include "agreement.h"

DEVICE u32 canonical_16(u32 y, u32 infinity)
{
        return (y & 0x7fff) > infinity ? 0x7fff : y & 0xffff;
}

DEVICE u32 canonical(u32 y)
{
        return (y & 0x7fffffff) > 0x7f800000 ? 0x7fffffff : y;
}

DEVICE u64 canonical(u64 y)
{
        return (y & 0x7fffffffffffffffull) > 0x7ff0000000000000ull ? 0x7fffffffffffffffull : y;
}

/* The results of one input. */
struct folding {
        u32 input, result;
        u64 sum;
#ifdef FORESTAGE_SABOTEUR
        struct fault fault; /* of all of them; `first`: of the first, in the thread's first input */
        bool first;
        const struct check_report *report;
#endif
};

/* Where a saboteur comes in: in all kinds, or in the one that is chosen as the set. */
DEVICE struct folding folding_of(const struct check_report *report, u32 kind, u32 input, bool first)
{
        struct folding fold = {};

        fold.input = input;
#ifdef FORESTAGE_SABOTEUR
        fold.fault = fault_of(report,
                first && (report->sabotage.set == 0 || report->sabotage.set == kind + 1), kind);
        fold.first = report->sabotage.quarter == 0;
        fold.report = report;
#else
        (void)report, (void)kind, (void)first;
#endif
        return fold;
}

/* There once, and not inline some hundred times: the driver compiles the kernels in half the time.
 */
NOINLINE void fold_in(struct folding &fold, u64 bits)
{
        fold.sum += agreement_fold(bits, fold.input, fold.result++);
}

#ifdef FORESTAGE_SABOTEUR
NOINLINE u64 fault_in(const struct folding &fold, u64 bits, bool narrow)
{
        if (fold.first && fold.result > 0)
                return bits;
        return narrow ? spoilt(fold.report, (u32)bits, fold.fault)
                      : spoilt(fold.report, bits, fold.fault);
}
#endif

template <class bits> DEVICE void take(struct folding &fold, bits y)
{
#ifdef FORESTAGE_SABOTEUR
        y = (bits)fault_in(fold, y, sizeof(y) == 4);
#endif
        fold_in(fold, y);
}

DEVICE void add_hash(struct agreement_hashes *hashes, u32 kind, u64 sum)
{
        add_global(&hashes->hash[multiprocessor() % CHECK_MAX_SM][quarter()][kind], sum);
}

/* All inputs of a kind: a quarter's warps by turns, so many at a time. */
template <class operation>
DEVICE void go_through(struct check_report *report, struct agreement_hashes *hashes, u32 inputs,
        u32 place, u32 all)
{
        const u32 start = place * WARP_SIZE + thread_x() % WARP_SIZE;
        u64 sum = 0;

#pragma unroll 1
        for (u32 n = start; n < inputs; n += all * WARP_SIZE) {
                struct folding fold = folding_of(report, operation::kind, n, n == start);

                operation::compute(fold, n);
                sum += fold.sum;
        }
        add_hash(hashes, operation::kind, sum);
}

/* A register of a matrix's elements from number `index` on: two, or of tf32 one. */
DEVICE u32 halves(u32 fragment, u32 index)
{
        return (u32)agreement_element(AGREEMENT_FP16, fragment, index) |
               (u32)agreement_element(AGREEMENT_FP16, fragment, index + 1) << 16;
}

DEVICE u32 brains(u32 fragment, u32 index)
{
        return (u32)agreement_element(AGREEMENT_BF16, fragment, index) |
               (u32)agreement_element(AGREEMENT_BF16, fragment, index + 1) << 16;
}

DEVICE u32 narrowed(u32 fragment, u32 index)
{
        return (u32)agreement_element(AGREEMENT_TF32, fragment, index) << 13;
}
