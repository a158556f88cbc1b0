/*
 * The plain arithmetic units. Every thread iterates the logistic map x' = r (x - x^2) + d, which is
 * two fused multiply-adds, on CHAINS values at once. The map is chaotic: an error of one bit in any
 * step doubles with every later one, so a wrong product cannot hide. IEEE 754 fixes every bit of a
 * fused multiply-add, so the CPU knows the answer, and every thread compares with it.
 */
#include "chaos.h"
#include "result.h"

DEVICE float chaos_fma(float a, float b, float c)
{
        return __builtin_fmaf(a, b, c);
}

DEVICE double chaos_fma(double a, double b, double c)
{
        return __builtin_fma(a, b, c);
}

DEVICE u64 bits_of(float value)
{
        return __builtin_bit_cast(u32, value);
}

DEVICE u64 bits_of(double value)
{
        return __builtin_bit_cast(u64, value);
}

/*
 * `seed` and `expected` have CHAOS_THREADS values a chain. In each round a warp takes the values of
 * the next warp's threads: every quarter of a multiprocessor sees all of them. `first` is the
 * number of the first round.
 */
template <typename real, int chains>
DEVICE void chaos(
        struct check_report *report, const real *seed, const real *expected, u32 rounds, u32 first)
{
        const real r = (real)CHAOS_R, d = (real)CHAOS_D;

        for (u32 round = 0; round < rounds; round++) {
                u32 at = (thread_x() + (first + round) * WARP_SIZE) % CHAOS_THREADS;
                real x[chains];

#pragma unroll
                for (int c = 0; c < chains; c++)
                        x[c] = ((const volatile real *)seed)[c * CHAOS_THREADS + at];
#pragma unroll 1
                for (u32 step = 0; step < CHAOS_STEPS; step += 16) {
#pragma unroll
                        for (int u = 0; u < 16; u++) {
#pragma unroll
                                for (int c = 0; c < chains; c++)
                                        x[c] = chaos_fma(-x[c], x[c], x[c]);
#pragma unroll
                                for (int c = 0; c < chains; c++)
                                        x[c] = chaos_fma(x[c], r, d);
                        }
                }
#ifdef FORESTAGE_SABOTEUR
                spoil(report, x[chains - 1], round, at / WARP_SIZE);
#endif
#pragma unroll
                for (int c = 0; c < chains; c++) {
                        u32 index = c * CHAOS_THREADS + at;
                        real wanted = ((const volatile real *)expected)[index];

                        if (__builtin_expect(bits_of(x[c]) != bits_of(wanted), 0))
                                wrong_result(report, index, bits_of(wanted), bits_of(x[c]));
                }
                set_done(report, at / WARP_SIZE);
        }
}

KERNEL chaos_fp32(struct check_report *report, const float *seed, const float *expected, u32 rounds,
        u32 first)
{
        chaos<float, CHAOS_CHAINS>(report, seed, expected, rounds, first);
}

KERNEL chaos_fp64(struct check_report *report, const double *seed, const double *expected,
        u32 rounds, u32 first)
{
        chaos<double, CHAOS_CHAINS>(report, seed, expected, rounds, first);
}
