/*
 * Bitwise agreement of the tensor cores through mma.sync: fragments (agreement.h) of random bits,
 * subnormal numbers, infinities and NaN among them, and sums that need rounding. What such a sum is
 * depends on the chip; on one chip it is the same everywhere. A warp takes a fragment.
 */
#include "agree.h"

#define LANE (thread_x() % WARP_SIZE)

DEVICE u32 canonical_pair(u32 y)
{
        return canonical_16(y, 0x7c00) | canonical_16(y >> 16, 0x7c00) << 16;
}

/* Four sums of single precision in a lane. `small`: exponent of the smallest products. */
#define WITH_SINGLE(name, number, shape, small, words)                                        \
        struct name {                                                                         \
                enum { kind = number };                                                       \
                static inline __device__ void compute(struct folding &f, u32 n)               \
                {                                                                             \
                        u32 a[4], b[2], c[4], d[4];                                           \
                                                                                              \
                        for (u32 i = 0; i < 4; i++) {                                         \
                                a[i] = words(n, 2 * (LANE * 4 + i));                          \
                                c[i] = (u32)agreement_addend(                                 \
                                        AGREEMENT_FP32, n, LANE * 4 + i, small);              \
                        }                                                                     \
                        for (u32 i = 0; i < 2; i++)                                           \
                                b[i] = words(n, 1024 + 2 * (LANE * 2 + i));                   \
                        asm volatile("mma.sync.aligned." shape                                \
                                     " {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, "               \
                                     "{%10,%11,%12,%13};"                                     \
                                     : "=r"(d[0]), "=r"(d[1]), "=r"(d[2]), "=r"(d[3])         \
                                     : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), \
                                     "r"(b[1]), "r"(c[0]), "r"(c[1]), "r"(c[2]), "r"(c[3]));  \
                        for (u32 i = 0; i < 4; i++)                                           \
                                take(f, canonical(d[i]));                                     \
                }                                                                             \
        };

WITH_SINGLE(mma_fp16, AGREEMENT_MMA_FP16, "m16n8k16.row.col.f32.f16.f16.f32", 96, halves)
WITH_SINGLE(mma_bf16, AGREEMENT_MMA_BF16, "m16n8k16.row.col.f32.bf16.bf16.f32", 0, brains)
WITH_SINGLE(mma_tf32, AGREEMENT_MMA_TF32, "m16n8k8.row.col.f32.tf32.tf32.f32", 0, narrowed)

struct mma_narrow {
        enum { kind = AGREEMENT_MMA_FP16_NARROW };
        static inline __device__ void compute(struct folding &f, u32 n)
        {
                u32 a[4], b[2], c[2], d[2];

                for (u32 i = 0; i < 4; i++)
                        a[i] = halves(n, 2 * (LANE * 4 + i));
                for (u32 i = 0; i < 2; i++) {
                        b[i] = halves(n, 1024 + 2 * (LANE * 2 + i));
                        c[i] = (u32)agreement_addend(AGREEMENT_FP16, n, LANE * 4 + 2 * i, 0) |
                               (u32)agreement_addend(AGREEMENT_FP16, n, LANE * 4 + 2 * i + 1, 0)
                                       << 16;
                }
                asm volatile("mma.sync.aligned.m16n8k16.row.col.f16.f16.f16.f16 "
                             "{%0,%1}, {%2,%3,%4,%5}, {%6,%7}, {%8,%9};"
                             : "=r"(d[0]), "=r"(d[1])
                             : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]),
                             "r"(c[0]), "r"(c[1]));
                for (u32 i = 0; i < 2; i++)
                        take(f, canonical_pair(d[i]));
        }
};

struct mma_fp64 {
        enum { kind = AGREEMENT_MMA_FP64 };
        static inline __device__ void compute(struct folding &f, u32 n)
        {
                u64 a = agreement_element(AGREEMENT_FP64, n, LANE), c[2], d[2];
                u64 b = agreement_element(AGREEMENT_FP64, n, 1024 + LANE);

                for (u32 i = 0; i < 2; i++)
                        c[i] = agreement_addend(AGREEMENT_FP64, n, LANE * 2 + i, 0);
                asm volatile("mma.sync.aligned.m8n8k4.row.col.f64.f64.f64.f64 "
                             "{%0,%1}, {%2}, {%3}, {%4,%5};"
                             : "=l"(d[0]), "=l"(d[1])
                             : "l"(a), "l"(b), "l"(c[0]), "l"(c[1]));
                for (u32 i = 0; i < 2; i++)
                        take(f, canonical(d[i]));
        }
};

/* The quarter's warps take fragments by turns; results are numbered as of an input a lane. */
template <class operation>
DEVICE void multiply(struct check_report *report, struct agreement_hashes *hashes, u32 inputs,
        u32 place, u32 all)
{
        u64 sum = 0;

#pragma unroll 1
        for (u32 n = place; n < inputs / AGREEMENT_LANES; n += all) {
                struct folding fold =
                        folding_of(report, operation::kind, n * AGREEMENT_LANES + LANE, n == place);

                operation::compute(fold, n);
                sum += fold.sum;
        }
        add_hash(hashes, operation::kind, sum);
}

#define GO(name) multiply<struct name>(report, hashes, inputs, place, all);

KERNEL __attribute__((launch_bounds(AGREEMENT_THREADS, 1)))
agree_mma(struct check_report *report, struct agreement_hashes *hashes, u32 inputs)
{
        u32 all, place = place_in_quarter(&all);

        GO(mma_fp16)
        GO(mma_narrow)
        GO(mma_bf16)
        GO(mma_tf32)
        GO(mma_fp64)
        set_done(report, AGREEMENT_MMA);
}
