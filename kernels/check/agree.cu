/*
 * Bitwise agreement of the operations that every GPU has: fused multiply-adds, quotients, roots and
 * reciprocals, conversions in every rounding, with subnormal numbers flushed (.ftz) and not, and
 * the approximations. Every quarter of every multiprocessor goes through the same inputs
 * (agreement.h) and leaves a hash of all bits of each kind's results; the CPU compares them.
 */
#include "agree.h"

/* By the constraints of asm: r and l are 32 and 64 bits, h is 16. */
#define ONE(fold, instruction, type, out, a, in)                  \
        {                                                         \
                type y;                                           \
                                                                  \
                asm(instruction " %0, %1;" : "=" out(y) : in(a)); \
                take(fold, canonical(y));                         \
        }
#define TWO(fold, instruction, type, in, a, b)                              \
        {                                                                   \
                type y;                                                     \
                                                                            \
                asm(instruction " %0, %1, %2;" : "=" in(y) : in(a), in(b)); \
                take(fold, canonical(y));                                   \
        }
#define THREE(fold, instruction, type, in, a, b, c)                                    \
        {                                                                              \
                type y;                                                                \
                                                                                       \
                asm(instruction " %0, %1, %2, %3;" : "=" in(y) : in(a), in(b), in(c)); \
                take(fold, canonical(y));                                              \
        }
#define ALL_ONE(fold, operation, tail, type, in, a)      \
        ONE(fold, operation ".rn" tail, type, in, a, in) \
        ONE(fold, operation ".rz" tail, type, in, a, in) \
        ONE(fold, operation ".rm" tail, type, in, a, in) \
        ONE(fold, operation ".rp" tail, type, in, a, in)
#define ALL_TWO(fold, operation, tail, type, in, a, b)  \
        TWO(fold, operation ".rn" tail, type, in, a, b) \
        TWO(fold, operation ".rz" tail, type, in, a, b) \
        TWO(fold, operation ".rm" tail, type, in, a, b) \
        TWO(fold, operation ".rp" tail, type, in, a, b)
#define ALL_THREE(fold, operation, tail, type, in, a, b, c)  \
        THREE(fold, operation ".rn" tail, type, in, a, b, c) \
        THREE(fold, operation ".rz" tail, type, in, a, b, c) \
        THREE(fold, operation ".rm" tail, type, in, a, b, c) \
        THREE(fold, operation ".rp" tail, type, in, a, b, c)

#define OPERATION(name, number)                                           \
        struct name {                                                     \
                enum { kind = number };                                   \
                static __device__ void compute(struct folding &f, u32 n); \
        };                                                                \
        __device__ inline void name::compute(struct folding &f, u32 n)

/* Of single precision, without and with .ftz, and of double. */
#define ARITHMETIC(name, number, macro, operation, tail, type, in, format, ...) \
        OPERATION(name, number)                                                 \
        {                                                                       \
                struct agreement_triple t = agreement_triple(format, n);        \
                const type a = (type)t.a, b = (type)t.b, c = (type)t.c;         \
                                                                                \
                (void)a, (void)b, (void)c;                                      \
                macro(f, operation, tail, type, in, __VA_ARGS__)                \
        }
#define OF_ALL(name, number, macro, operation, ...)                                              \
        ARITHMETIC(name##_32, number##_FP32, macro, operation, ".f32", u32, "r", AGREEMENT_FP32, \
                __VA_ARGS__)                                                                     \
        ARITHMETIC(name##_ftz, number##_FP32_FTZ, macro, operation, ".ftz.f32", u32, "r",        \
                AGREEMENT_FP32, __VA_ARGS__)                                                     \
        ARITHMETIC(name##_64, number##_FP64, macro, operation, ".f64", u64, "l", AGREEMENT_FP64, \
                __VA_ARGS__)

OF_ALL(fma, AGREEMENT_FMA, ALL_THREE, "fma", a, b, c)
OF_ALL(divide, AGREEMENT_DIVIDE, ALL_TWO, "div", a, b)
OF_ALL(reciprocal, AGREEMENT_RECIPROCAL, ALL_ONE, "rcp", b)

#define ROOT(name, number, tail, type, in, format)                  \
        OPERATION(name, number)                                     \
        {                                                           \
                const type a = (type)agreement_radicand(format, n); \
                                                                    \
                ALL_ONE(f, "sqrt", tail, type, in, a)               \
        }

ROOT(root_32, AGREEMENT_ROOT_FP32, ".f32", u32, "r", AGREEMENT_FP32)
ROOT(root_ftz, AGREEMENT_ROOT_FP32_FTZ, ".ftz.f32", u32, "r", AGREEMENT_FP32)
ROOT(root_64, AGREEMENT_ROOT_FP64, ".f64", u64, "l", AGREEMENT_FP64)

/* --- conversions --- */

#define TO_HALF(fold, instruction, a, in, infinity)            \
        {                                                      \
                unsigned short y;                              \
                                                               \
                asm(instruction " %0, %1;" : "=h"(y) : in(a)); \
                take(fold, canonical_16(y, infinity));         \
        }
#define ALL_HALF(fold, tail, a, in)                 \
        TO_HALF(fold, "cvt.rn" tail, a, in, 0x7c00) \
        TO_HALF(fold, "cvt.rz" tail, a, in, 0x7c00) \
        TO_HALF(fold, "cvt.rm" tail, a, in, 0x7c00) \
        TO_HALF(fold, "cvt.rp" tail, a, in, 0x7c00)
#define ALL_FLOAT(fold, tail, type, out, a, in)    \
        ONE(fold, "cvt.rn" tail, type, out, a, in) \
        ONE(fold, "cvt.rz" tail, type, out, a, in) \
        ONE(fold, "cvt.rm" tail, type, out, a, in) \
        ONE(fold, "cvt.rp" tail, type, out, a, in)

/* What a NaN becomes is open in IEEE 754, and not the same for all widths: it is left out. */
#define TO_WHOLE(fold, instruction, type, out, a, in, nan)        \
        {                                                         \
                type y;                                           \
                                                                  \
                asm(instruction " %0, %1;" : "=" out(y) : in(a)); \
                take(fold, nan ? (type)0 : y);                    \
        }
#define ALL_WHOLE(fold, tail, type, out, a, in, nan)          \
        TO_WHOLE(fold, "cvt.rni" tail, type, out, a, in, nan) \
        TO_WHOLE(fold, "cvt.rzi" tail, type, out, a, in, nan) \
        TO_WHOLE(fold, "cvt.rmi" tail, type, out, a, in, nan) \
        TO_WHOLE(fold, "cvt.rpi" tail, type, out, a, in, nan)
#define ALL_WHOLES(fold, ftz, from, a, in, nan)                \
        ALL_WHOLE(fold, ftz ".s32" from, u32, "r", a, in, nan) \
        ALL_WHOLE(fold, ftz ".u32" from, u32, "r", a, in, nan) \
        ALL_WHOLE(fold, ftz ".s64" from, u64, "l", a, in, nan) \
        ALL_WHOLE(fold, ftz ".u64" from, u64, "l", a, in, nan)

DEVICE bool is_nan(u32 a)
{
        return (a & 0x7fffffff) > 0x7f800000;
}

DEVICE bool is_nan(u64 a)
{
        return (a & 0x7fffffffffffffffull) > 0x7ff0000000000000ull;
}

/* Exactly, to double; to half precision; rounded to a whole number; to whole numbers. */
OPERATION(from_32, AGREEMENT_FROM_FP32)
{
        const u32 a = (u32)agreement_convertible(AGREEMENT_FP32, n);
        const bool nan = is_nan(a);

        ONE(f, "cvt.f64.f32", u64, "l", a, "r")
        ALL_HALF(f, ".f16.f32", a, "r")
        ONE(f, "cvt.rni.f32.f32", u32, "r", a, "r")
        ONE(f, "cvt.rzi.f32.f32", u32, "r", a, "r")
        ONE(f, "cvt.rmi.f32.f32", u32, "r", a, "r")
        ONE(f, "cvt.rpi.f32.f32", u32, "r", a, "r")
        ALL_WHOLES(f, "", ".f32", a, "r", nan)
}

/*
 * And from double precision to single, whose result is what is flushed. Not to half precision: an
 * H200 flushes nothing there, and PTX says that it is.
 */
OPERATION(from_ftz, AGREEMENT_FROM_FP32_FTZ)
{
        const u32 a = (u32)agreement_convertible(AGREEMENT_FP32, n);
        const u64 b = agreement_convertible(AGREEMENT_FP64, n);
        const bool nan = is_nan(a);

        ONE(f, "cvt.ftz.f64.f32", u64, "l", a, "r")
        ALL_WHOLES(f, ".ftz", ".f32", a, "r", nan)
        ALL_FLOAT(f, ".ftz.f32.f64", u32, "r", b, "l")
}

OPERATION(from_64, AGREEMENT_FROM_FP64)
{
        const u64 a = agreement_convertible(AGREEMENT_FP64, n);
        const bool nan = is_nan(a);

        ALL_FLOAT(f, ".f32.f64", u32, "r", a, "l")
        ALL_HALF(f, ".f16.f64", a, "l")
        ONE(f, "cvt.rni.f64.f64", u64, "l", a, "l")
        ONE(f, "cvt.rzi.f64.f64", u64, "l", a, "l")
        ONE(f, "cvt.rmi.f64.f64", u64, "l", a, "l")
        ONE(f, "cvt.rpi.f64.f64", u64, "l", a, "l")
        ALL_WHOLES(f, "", ".f64", a, "l", nan)
}

OPERATION(from_16, AGREEMENT_FROM_FP16)
{
        const unsigned short a = (unsigned short)(n * 0x9e37u); /* each of them once */
        const bool nan = (a & 0x7fff) > 0x7c00;

        ONE(f, "cvt.f32.f16", u32, "r", a, "h")
        ONE(f, "cvt.f64.f16", u64, "l", a, "h")
        ALL_WHOLES(f, "", ".f16", a, "h", nan)
}

#define FROM_WHOLE(fold, from, a, in)                 \
        ALL_FLOAT(fold, ".f32" from, u32, "r", a, in) \
        ALL_FLOAT(fold, ".f64" from, u64, "l", a, in) \
        ALL_HALF(fold, ".f16" from, a, in)

OPERATION(from_whole, AGREEMENT_FROM_INTEGERS)
{
        const u64 a = agreement_whole(n);
        const u32 b = (u32)a;

        FROM_WHOLE(f, ".s32", b, "r")
        FROM_WHOLE(f, ".u32", b, "r")
        FROM_WHOLE(f, ".s64", a, "l")
        FROM_WHOLE(f, ".u64", a, "l")
}

/* --- approximations --- */

OPERATION(approximate, AGREEMENT_APPROXIMATE)
{
        struct agreement_triple t = agreement_triple(AGREEMENT_FP32, n);
        const u32 a = (u32)t.a, b = (u32)t.b, x = (u32)agreement_convertible(AGREEMENT_FP32, n);

        TWO(f, "div.approx.ftz.f32", u32, "r", a, b)
        ONE(f, "rcp.approx.ftz.f32", u32, "r", b, "r")
        ONE(f, "rsqrt.approx.ftz.f32", u32, "r", b, "r")
        ONE(f, "lg2.approx.ftz.f32", u32, "r", b, "r")
        ONE(f, "ex2.approx.ftz.f32", u32, "r", x, "r")
        ONE(f, "sin.approx.ftz.f32", u32, "r", x, "r")
        ONE(f, "cos.approx.ftz.f32", u32, "r", x, "r")
}

OPERATION(approximate_long, AGREEMENT_APPROXIMATE_LONG)
{
        struct agreement_triple t = agreement_triple(AGREEMENT_FP32, n);
        const u32 a = (u32)t.a, b = (u32)t.b, x = (u32)agreement_convertible(AGREEMENT_FP32, n);

        TWO(f, "div.approx.f32", u32, "r", a, b)
        TWO(f, "div.full.f32", u32, "r", a, b)
        TWO(f, "div.full.ftz.f32", u32, "r", a, b)
        ONE(f, "rcp.approx.f32", u32, "r", b, "r")
        ONE(f, "sqrt.approx.f32", u32, "r", b, "r")
        ONE(f, "sqrt.approx.ftz.f32", u32, "r", b, "r")
        ONE(f, "rsqrt.approx.f32", u32, "r", b, "r")
        ONE(f, "lg2.approx.f32", u32, "r", b, "r")
        ONE(f, "ex2.approx.f32", u32, "r", x, "r")
}

#define GO(name) go_through<struct name>(report, hashes, inputs, place, all);

KERNEL __attribute__((launch_bounds(AGREEMENT_THREADS, 1)))
agree_plain(struct check_report *report, struct agreement_hashes *hashes, u32 inputs)
{
        u32 all, place = place_in_quarter(&all);

        GO(fma_32)
        GO(fma_ftz)
        GO(fma_64)
        GO(divide_32)
        GO(divide_ftz)
        GO(divide_64)
        GO(root_32)
        GO(root_ftz)
        GO(root_64)
        GO(reciprocal_32)
        GO(reciprocal_ftz)
        GO(reciprocal_64)
        GO(from_32)
        GO(from_ftz)
        GO(from_64)
        GO(from_16)
        GO(from_whole)
        GO(approximate)
        GO(approximate_long)
        set_done(report, AGREEMENT_PLAIN);
}
