/*
 * Bitwise agreement of the tensor cores as compute capability 9.0 has them: wgmma, and double
 * precision 16 deep. agreemma.cu has the others, and says what is compared; as wgmma.cu, compiled
 * for sm_80.
 *
 * The four warps of a warp group, one on each quarter, multiply 16 rows of A each: they are the
 * same 16 rows, so that every quarter has the same work.
 */
#include "agree.h"

#define THREADS AGREEMENT_WGMMA_THREADS
#define COLUMNS 16u
#define SUMS    8u /* of a thread */

/* Rows of 32 bytes, in core matrices: wgmma.h. */
SHARED __attribute__((aligned(128))) u32 a_tile[64 * 8];
SHARED __attribute__((aligned(128))) u32 b_tile[COLUMNS * 8];

DEVICE u64 descriptor_of(const u32 *tile)
{
        u64 address;

        asm("cvta.to.shared.u64 %0, %1;" : "=l"(address) : "l"(tile));
        return (address & 0x3ffff) >> 4 | (u64)(128 >> 4) << 16 | (u64)(256 >> 4) << 32;
}

#define IN4(i) "+r"(d[i]), "+r"(d[i + 1]), "+r"(d[i + 2]), "+r"(d[i + 3])

#define WGMMA(name, number, shape, exponent, tail, words)                               \
        struct name {                                                                   \
                enum { kind = number, small = exponent };                               \
                static inline __device__ u32 word(u32 n, u32 index)                     \
                {                                                                       \
                        return words(n, index);                                         \
                }                                                                       \
                static inline __device__ void multiply(u32 *d, u64 a, u64 b)            \
                {                                                                       \
                        asm volatile("wgmma.fence.sync.aligned;\n"                      \
                                     "wgmma.mma_async.sync.aligned." shape              \
                                     " {%0,%1,%2,%3,%4,%5,%6,%7}, %8, %9, 1" tail ";\n" \
                                     "wgmma.commit_group.sync.aligned;\n"               \
                                     "wgmma.wait_group.sync.aligned 0;\n"               \
                                     : IN4(0), IN4(4)                                   \
                                     : "l"(a), "l"(b)                                   \
                                     : "memory");                                       \
                }                                                                       \
        };

WGMMA(wgmma_fp16, AGREEMENT_WGMMA_FP16, "m64n16k16.f32.f16.f16", 96, ", 1, 1, 0, 0", halves)
WGMMA(wgmma_bf16, AGREEMENT_WGMMA_BF16, "m64n16k16.f32.bf16.bf16", 0, ", 1, 1, 0, 0", brains)
WGMMA(wgmma_tf32, AGREEMENT_WGMMA_TF32, "m64n16k8.f32.tf32.tf32", 0, ", 1, 1", narrowed)

template <class type> DEVICE void fill(u32 n)
{
        block_barrier();
        for (u32 i = thread_x(); i < 64 * 8; i += THREADS)
                a_tile[i] = type::word(n, 2 * (i % (16 * 8)));
        for (u32 i = thread_x(); i < COLUMNS * 8; i += THREADS)
                b_tile[i] = type::word(n, 1024 + 2 * i);
        asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
        block_barrier();
}

template <class type>
DEVICE void multiply(struct check_report *report, struct agreement_hashes *hashes, u32 inputs)
{
        const u32 lane = thread_x() % WARP_SIZE;
        u64 sum = 0;

#pragma unroll 1
        for (u32 n = 0; n < inputs / AGREEMENT_LANES; n++) {
                struct folding fold =
                        folding_of(report, type::kind, n * AGREEMENT_LANES + lane, n == 0);
                u32 d[SUMS];

                fill<type>(n);
#pragma unroll
                for (u32 i = 0; i < SUMS; i++)
                        d[i] = (u32)agreement_addend(
                                AGREEMENT_FP32, n, lane * SUMS + i, type::small);
                type::multiply(d, descriptor_of(a_tile), descriptor_of(b_tile));
#pragma unroll
                for (u32 i = 0; i < SUMS; i++)
                        take(fold, canonical(d[i]));
                sum += fold.sum;
        }
        add_hash(hashes, type::kind, sum);
}

/* Every warp takes every fragment: there is one in each quarter. */
DEVICE void multiply_double(
        struct check_report *report, struct agreement_hashes *hashes, u32 inputs)
{
        const u32 lane = thread_x() % WARP_SIZE, kind = AGREEMENT_MMA_FP64_DEEP;
        u64 sum = 0;

#pragma unroll 1
        for (u32 n = 0; n < inputs / AGREEMENT_LANES; n++) {
                struct folding fold = folding_of(report, kind, n * AGREEMENT_LANES + lane, n == 0);
                u64 a[8], b[4], d[4];

                for (u32 i = 0; i < 8; i++)
                        a[i] = agreement_element(AGREEMENT_FP64, n, lane * 8 + i);
                for (u32 i = 0; i < 4; i++) {
                        b[i] = agreement_element(AGREEMENT_FP64, n, 1024 + lane * 4 + i);
                        d[i] = agreement_addend(AGREEMENT_FP64, n, lane * 4 + i, 0);
                }
                asm volatile("mma.sync.aligned.m16n8k16.row.col.f64.f64.f64.f64 {%0,%1,%2,%3}, "
                             "{%4,%5,%6,%7,%8,%9,%10,%11}, {%12,%13,%14,%15}, {%0,%1,%2,%3};"
                             : "+l"(d[0]), "+l"(d[1]), "+l"(d[2]), "+l"(d[3])
                             : "l"(a[0]), "l"(a[1]), "l"(a[2]), "l"(a[3]), "l"(a[4]), "l"(a[5]),
                             "l"(a[6]), "l"(a[7]), "l"(b[0]), "l"(b[1]), "l"(b[2]), "l"(b[3]));
                for (u32 i = 0; i < 4; i++)
                        take(fold, canonical(d[i]));
                sum += fold.sum;
        }
        add_hash(hashes, kind, sum);
}

KERNEL __attribute__((launch_bounds(AGREEMENT_WGMMA_THREADS, 1)))
agree_wgmma(struct check_report *report, struct agreement_hashes *hashes, u32 inputs)
{
        multiply<struct wgmma_fp16>(report, hashes, inputs);
        multiply<struct wgmma_bf16>(report, hashes, inputs);
        multiply<struct wgmma_tf32>(report, hashes, inputs);
        multiply_double(report, hashes, inputs);
        set_done(report, AGREEMENT_WGMMA);
}
