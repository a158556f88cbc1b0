/* Bitwise agreement of the conversions that compute capability 8.0 brought: agree.cu. */
#include "agree.h"

/* Two roundings are all that there are. */
struct to_bf16 {
        enum { kind = AGREEMENT_TO_BF16 };
        static inline __device__ void compute(struct folding &f, u32 n)
        {
                const u32 a = (u32)agreement_convertible(AGREEMENT_FP32, n);
                unsigned short nearest, zero;

                asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(nearest) : "r"(a));
                asm("cvt.rz.bf16.f32 %0, %1;" : "=h"(zero) : "r"(a));
                take(f, canonical_16(nearest, 0x7f80));
                take(f, canonical_16(zero, 0x7f80));
        }
};

KERNEL __attribute__((launch_bounds(AGREEMENT_THREADS, 1)))
agree_brain(struct check_report *report, struct agreement_hashes *hashes, u32 inputs)
{
        u32 all, place = place_in_quarter(&all);

        go_through<struct to_bf16>(report, hashes, inputs, place, all);
        set_done(report, AGREEMENT_BRAIN);
}
