/* Floating-point arithmetic and conversions of the interpreter, every rounding, to the bit. */
#include <math.h>
#include <stdbool.h>

#include "tests/unit/rehearsal/exact.h"
#include "tests/unit/rehearsal/table.h"

#define NAN32 0x7fffffff
#define NAN16 0x7fff

static uint64_t flushed(uint64_t bits)
{
        bits &= 0xffffffff;
        return bits & 0x7f800000 ? bits : bits & 0x80000000;
}

/* Flushed is what is below the smallest normal number when rounded as if there were none smaller.
 */
static uint64_t round_flushed(struct exact value, enum mode mode)
{
        struct exact scaled = { value.sum * 0x1p64, value.rest * 0x1p64 };
        uint64_t result = exact_round(value, single, mode, NAN32);
        uint64_t magnitude = exact_round(scaled, single, mode, NAN32) & 0x7fffffff;

        return magnitude < 0x20800000 ? result & 0x80000000 : result;
}

/* A sum that is exactly zero is +0 except when rounding down, or when both are zeros of one sign.
 */
static struct exact signed_sum(__float128 a, __float128 b, enum mode mode)
{
        struct exact sum = exact_sum(a, b);
        bool a_negative = __builtin_signbit((double)a), b_negative = __builtin_signbit((double)b);

        if (sum.sum == 0 && a == 0 && b == 0 && a_negative == b_negative)
                sum.sum = a_negative ? -0.0 : 0.0;
        else if (sum.sum == 0)
                sum.sum = mode == DOWN ? -0.0 : 0.0;
        return sum;
}

static uint64_t add32(uint64_t a, uint64_t b, enum mode mode)
{
        return exact_round(signed_sum(as_f32(a), as_f32(b), mode), single, mode, NAN32);
}

static uint64_t sub32(uint64_t a, uint64_t b, enum mode mode)
{
        return add32(a, b ^ 0x80000000, mode);
}

static uint64_t mul32(uint64_t a, uint64_t b, enum mode mode)
{
        return exact_round(exact_of((__float128)as_f32(a) * as_f32(b)), single, mode, NAN32);
}

static uint64_t fma32(uint64_t a, uint64_t b, uint64_t c, enum mode mode)
{
        __float128 product = (__float128)as_f32(a) * as_f32(b);

        return exact_round(signed_sum(product, as_f32(c), mode), single, mode, NAN32);
}

static uint64_t div32(uint64_t a, uint64_t b, enum mode mode)
{
        return exact_divide(as_f32(a), as_f32(b), single, mode, NAN32);
}

static uint64_t root32(uint64_t a, enum mode mode)
{
        return exact_root(as_f32(a), single, mode, NAN32);
}

static uint64_t flushed_product(uint64_t a, uint64_t b, enum mode mode)
{
        __float128 product = (__float128)as_f32(flushed(a)) * as_f32(flushed(b));

        return round_flushed(exact_of(product), mode);
}

static uint64_t flushed_fma(uint64_t a, uint64_t b, uint64_t c, enum mode mode)
{
        __float128 product = (__float128)as_f32(flushed(a)) * as_f32(flushed(b));

        return round_flushed(signed_sum(product, as_f32(flushed(c)), mode), mode);
}

static bool is_nan64(uint64_t bits)
{
        return bits << 1 > UINT64_C(0xffe0000000000000);
}

/* Which NaN's payload is kept, as seen on hardware: PTX leaves it open. */
static uint64_t nan64(uint64_t a, uint64_t b, uint64_t c)
{
        const uint64_t quiet = UINT64_C(1) << 51;

        if (is_nan64(b))
                return b | quiet;
        if (is_nan64(c))
                return c | quiet;
        return is_nan64(a) ? a | quiet : UINT64_C(0xfff8000000000000);
}

static uint64_t add64(uint64_t a, uint64_t b, enum mode mode)
{
        return exact_round(signed_sum(as_f64(a), as_f64(b), mode), twice, mode, nan64(a, b, 0));
}

static uint64_t mul64(uint64_t a, uint64_t b, enum mode mode)
{
        return exact_round(
                exact_of((__float128)as_f64(a) * as_f64(b)), twice, mode, nan64(a, b, 0));
}

static uint64_t fma64(uint64_t a, uint64_t b, uint64_t c, enum mode mode)
{
        __float128 product = (__float128)as_f64(a) * as_f64(b);

        return exact_round(signed_sum(product, as_f64(c), mode), twice, mode, nan64(a, b, c));
}

static uint64_t div64(uint64_t a, uint64_t b, enum mode mode)
{
        return exact_divide(as_f64(a), as_f64(b), twice, mode, nan64(b, a, 0));
}

static uint64_t root64(uint64_t a, enum mode mode)
{
        return exact_root(as_f64(a), twice, mode, nan64(a, 0, 0));
}

/* --- halves --- */

static uint64_t add16(uint64_t a, uint64_t b, struct binary format)
{
        __float128 x = exact_value(a & 0xffff, format), y = exact_value(b & 0xffff, format);

        return exact_round(signed_sum(x, y, NEAREST), format, NEAREST, NAN16);
}

static uint64_t mul16(uint64_t a, uint64_t b, struct binary format)
{
        __float128 x = exact_value(a & 0xffff, format), y = exact_value(b & 0xffff, format);

        return exact_round(exact_of(x * y), format, NEAREST, NAN16);
}

static uint64_t fma16(uint64_t a, uint64_t b, uint64_t c, struct binary format)
{
        __float128 x = exact_value(a & 0xffff, format), y = exact_value(b & 0xffff, format);
        __float128 z = exact_value(c & 0xffff, format);

        return exact_round(signed_sum(x * y, z, NEAREST), format, NEAREST, NAN16);
}

static uint64_t both(uint64_t low, uint64_t high)
{
        return low | high << 16;
}

/* --- comparisons, minimum and maximum --- */

static bool is_nan32(uint64_t bits)
{
        return (bits & 0x7fffffff) > 0x7f800000;
}

static uint64_t lower32(uint64_t a, uint64_t b, bool nan_wins)
{
        a &= 0xffffffff;
        b &= 0xffffffff;
        if ((is_nan32(a) && is_nan32(b)) || (nan_wins && (is_nan32(a) || is_nan32(b))))
                return NAN32;
        if (is_nan32(a) || is_nan32(b))
                return is_nan32(a) ? b : a;
        if (as_f32(a) == as_f32(b))
                return a & 0x80000000 ? a : b;
        return as_f32(a) < as_f32(b) ? a : b;
}

static uint64_t higher32(uint64_t a, uint64_t b, bool nan_wins)
{
        uint64_t result = lower32(a ^ 0x80000000, b ^ 0x80000000, nan_wins);

        return result == NAN32 ? result : result ^ 0x80000000;
}

static uint64_t lower64(uint64_t a, uint64_t b)
{
        if (is_nan64(a) && is_nan64(b))
                return nan64(a, b, 0);
        if (is_nan64(a) || is_nan64(b))
                return is_nan64(a) ? b : a;
        if (as_f64(a) == as_f64(b))
                return a >> 63 ? a : b;
        return as_f64(a) < as_f64(b) ? a : b;
}

static uint64_t saturated(uint64_t bits)
{
        float value = as_f32(bits);

        return value > 0 ? (value < 1 ? bits : 0x3f800000) : 0;
}

/* --- conversions --- */

static double integral(double value, enum mode mode)
{
        double below = floor(value);

        switch (mode) {
        case ZERO:
                return value < 0 ? ceil(value) : below;
        case DOWN:
                return below;
        case UP:
                return ceil(value);
        default:
                if (value - below == 0.5)
                        return fmod(below, 2) == 0 ? below : below + 1;
                return value - below < 0.5 ? below : below + 1;
        }
}

/* A large f64 is integral already, and value - floor(value) is exact for the others. */
static __int128 to_integer(double value, enum mode mode, __int128 low, __int128 high)
{
        value = isfinite(value) ? integral(value, mode) : value;
        if (value >= 0x1p100)
                return high;
        if (!(value > -0x1p100)) /* and NaN, which the callers look at */
                return low;

        __int128 result = (__int128)value;

        return result < low ? low : result > high ? high : result;
}

/* What NaN becomes is the hardware's: zero, but the sign bit alone where 64 bits take part. */
static uint64_t narrow(double value, enum mode mode, __int128 low, __int128 high)
{
        return value != value ? 0 : (uint64_t)to_integer(value, mode, low, high);
}

static uint64_t wide(double value, enum mode mode, __int128 low, __int128 high, unsigned bits)
{
        return value != value ? UINT64_C(1) << (bits - 1)
                              : (uint64_t)to_integer(value, mode, low, high);
}

#define TO_S32(x, mode)       ((uint32_t)narrow(x, mode, INT32_MIN, INT32_MAX))
#define TO_U32(x, mode)       ((uint32_t)narrow(x, mode, 0, UINT32_MAX))
#define TO_S16(x, mode)       ((uint16_t)narrow(x, mode, INT16_MIN, INT16_MAX))
#define TO_U8(x, mode)        ((uint8_t)narrow(x, mode, 0, 255))
#define TO_S64(x, mode)       wide(x, mode, INT64_MIN, INT64_MAX, 64)
#define TO_U64(x, mode)       wide(x, mode, 0, UINT64_MAX, 64)
#define FROM_F64_S32(x, mode) ((uint32_t)wide(x, mode, INT32_MIN, INT32_MAX, 32))
#define FROM_F64_U16(x, mode) ((uint16_t)wide(x, mode, 0, UINT16_MAX, 16))

/* An f64 NaN takes the upper bits of its payload along. */
static uint64_t narrowed(uint64_t bits, struct binary format, enum mode mode)
{
        int cut = 52 - format.mantissa, sign = format.mantissa + format.exponent;
        uint64_t payload = (bits & 0xfffffffffffff) >> cut;
        uint64_t exponent = ((UINT64_C(1) << format.exponent) - 1) << format.mantissa;
        uint64_t quiet = UINT64_C(1) << (format.mantissa - 1);

        return exact_round(exact_of(as_f64(bits)), format, mode,
                (bits >> 63) << sign | exponent | quiet | payload);
}

static uint64_t widened(uint64_t bits)
{
        uint64_t nan =
                (bits >> 31 & 1) << 63 | UINT64_C(0x7ff8000000000000) | (bits & 0x7fffff) << 29;

        return exact_round(exact_of(as_f32(bits)), twice, NEAREST, nan);
}

static uint64_t rounded(__float128 value, struct binary format, enum mode mode)
{
        return exact_round(exact_of(value), format, mode,
                format.mantissa < 20    ? NAN16
                : format.mantissa == 23 ? NAN32
                                        : 0x7ff8000000000000);
}

#define EACH_MODE(X, id, result, values, before, after, function)         \
        X(id##_rn, result, values, before ".rn" after, function(NEAREST)) \
        X(id##_rz, result, values, before ".rz" after, function(ZERO))    \
        X(id##_rm, result, values, before ".rm" after, function(DOWN))    \
        X(id##_rp, result, values, before ".rp" after, function(UP))

#define ADD32(m)     add32(a, b, m)
#define SUB32(m)     sub32(a, b, m)
#define MUL32(m)     mul32(a, b, m)
#define FMA32(m)     fma32(a, b, c, m)
#define DIV32(m)     div32(a, b, m)
#define RCP32(m)     div32(0x3f800000, a, m)
#define ROOT32(m)    root32(a, m)
#define FTZ_ADD32(m) flushed(add32(flushed(a), flushed(b), m))
#define FTZ_FMA32(m) flushed_fma(a, b, c, m)
#define FTZ_MUL32(m) flushed_product(a, b, m)
#define ADD64(m)     add64(a, b, m)
#define SUB64(m)     (is_nan64(b) ? nan64(a, b, 0) : add64(a, b ^ UINT64_C(1) << 63, m))
#define MUL64(m)     mul64(a, b, m)
#define FMA64(m)     fma64(a, b, c, m)
#define DIV64(m)     div64(a, b, m)
#define RCP64(m)     div64(0x3ff0000000000000, a, m)
#define ROOT64(m)    root64(a, m)

#define ROUNDED(X)                                                                             \
        EACH_MODE(X, add32, 'f', VALUES_F32, "add", ".f32 f4, f0, f1;", ADD32)                 \
        EACH_MODE(X, sub32, 'f', VALUES_F32, "sub", ".f32 f4, f0, f1;", SUB32)                 \
        EACH_MODE(X, mul32, 'f', VALUES_F32, "mul", ".f32 f4, f0, f1;", MUL32)                 \
        EACH_MODE(X, fma32, 'f', VALUES_F32, "fma", ".f32 f4, f0, f1, f2;", FMA32)             \
        EACH_MODE(X, div32, 'f', VALUES_F32, "div", ".f32 f4, f0, f1;", DIV32)                 \
        EACH_MODE(X, rcp32, 'f', VALUES_F32, "rcp", ".f32 f4, f0;", RCP32)                     \
        EACH_MODE(X, root32, 'f', VALUES_F32, "sqrt", ".f32 f4, f0;", ROOT32)                  \
        EACH_MODE(X, ftz_add32, 'f', VALUES_F32, "add", ".ftz.f32 f4, f0, f1;", FTZ_ADD32)     \
        EACH_MODE(X, ftz_fma32, 'f', VALUES_F32, "fma", ".ftz.f32 f4, f0, f1, f2;", FTZ_FMA32) \
        EACH_MODE(X, add64, 'g', VALUES_F64, "add", ".f64 g4, g0, g1;", ADD64)                 \
        EACH_MODE(X, sub64, 'g', VALUES_F64, "sub", ".f64 g4, g0, g1;", SUB64)                 \
        EACH_MODE(X, mul64, 'g', VALUES_F64, "mul", ".f64 g4, g0, g1;", MUL64)                 \
        EACH_MODE(X, fma64, 'g', VALUES_F64, "fma", ".f64 g4, g0, g1, g2;", FMA64)             \
        EACH_MODE(X, div64, 'g', VALUES_F64, "div", ".f64 g4, g0, g1;", DIV64)                 \
        EACH_MODE(X, rcp64, 'g', VALUES_F64, "rcp", ".f64 g4, g0;", RCP64)                     \
        EACH_MODE(X, root64, 'g', VALUES_F64, "sqrt", ".f64 g4, g0;", ROOT64)

#define UNROUNDED(X)                                                                              \
        X(add32, 'f', VALUES_F32, "add.f32 f4, f0, f1;", add32(a, b, NEAREST))                    \
        X(mul32, 'f', VALUES_F32, "mul.f32 f4, f0, f1;", mul32(a, b, NEAREST))                    \
        X(sub64, 'g', VALUES_F64, "sub.f64 g4, g0, g1;", SUB64(NEAREST))                          \
        X(mad32, 'f', VALUES_F32, "mad.rn.f32 f4, f0, f1, f2;", fma32(a, b, c, NEAREST))          \
        EACH_MODE(X, ftz_mul32, 'f', VALUES_F32, "mul", ".ftz.f32 f4, f0, f1;", FTZ_MUL32)        \
        X(add32_sat, 'f', VALUES_F32, "add.sat.f32 f4, f0, f1;", saturated(add32(a, b, NEAREST))) \
        X(mul32_ftz_sat, 'f', VALUES_F32, "mul.ftz.sat.f32 f4, f0, f1;",                          \
                saturated(flushed_product(a, b, NEAREST)))                                        \
        X(fma32_sat, 'f', VALUES_F32, "fma.rz.sat.f32 f4, f0, f1, f2;",                           \
                saturated(fma32(a, b, c, ZERO)))                                                  \
        X(min32, 'f', VALUES_F32, "min.f32 f4, f0, f1;", lower32(a, b, false))                    \
        X(max32, 'f', VALUES_F32, "max.f32 f4, f0, f1;", higher32(a, b, false))                   \
        X(min32_nan, 'f', VALUES_F32, "min.NaN.f32 f4, f0, f1;", lower32(a, b, true))             \
        X(max32_ftz, 'f', VALUES_F32, "max.ftz.f32 f4, f0, f1;",                                  \
                flushed(higher32(flushed(a), flushed(b), false)))                                 \
        X(min64, 'g', VALUES_F64, "min.f64 g4, g0, g1;", lower64(a, b))                           \
        X(max64, 'g', VALUES_F64, "max.f64 g4, g0, g1;",                                          \
                is_nan64(a) && is_nan64(b)                                                        \
                        ? nan64(a, b, 0)                                                          \
                        : lower64(a ^ UINT64_C(1) << 63, b ^ UINT64_C(1) << 63) ^ UINT64_C(1)     \
                                                                                          << 63)  \
        X(abs32, 'f', VALUES_F32, "abs.f32 f4, f0;", is_nan32(a) ? NAN32 : a & 0x7fffffff)        \
        X(neg32, 'f', VALUES_F32, "neg.f32 f4, f0;",                                              \
                is_nan32(a) ? NAN32 : (a ^ 0x80000000) & 0xffffffff)                              \
        X(abs64, 'g', VALUES_F64, "abs.f64 g4, g0;", is_nan64(a) ? nan64(a, 0, 0) : a &INT64_MAX) \
        X(neg64, 'g', VALUES_F64, "neg.f64 g4, g0;",                                              \
                is_nan64(a) ? nan64(a, 0, 0) : a ^ UINT64_C(1) << 63)                             \
        X(copysign32, 'f', VALUES_F32, "copysign.f32 f4, f0, f1;",                                \
                (a & 0x80000000) | (b & 0x7fffffff))                                              \
        X(copysign64, 'g', VALUES_F64, "copysign.f64 g4, g0, g1;",                                \
                (a & UINT64_C(1) << 63) | (b & INT64_MAX))                                        \
        X(testp_finite, 'p', VALUES_F32, "testp.finite.f32 p4, f0;", isfinite(as_f32(a)) != 0)    \
        X(testp_nan, 'p', VALUES_F64, "testp.notanumber.f64 p4, g0;", is_nan64(a))                \
        X(testp_normal, 'p', VALUES_F32, "testp.normal.f32 p4, f0;",                              \
                isnormal(as_f32(a)) || as_f32(a) == 0)                                            \
        X(testp_subnormal, 'p', VALUES_F64, "testp.subnormal.f64 p4, g0;",                        \
                fpclassify(as_f64(a)) == FP_SUBNORMAL)                                            \
        X(testp_infinite, 'p', VALUES_F32, "testp.infinite.f32 p4, f0;", isinf(as_f32(a)) != 0)

#define COMPARED(X)                                                                         \
        X(eq32, 'p', VALUES_F32, "setp.eq.f32 p4, f0, f1;", as_f32(a) == as_f32(b))         \
        X(ne32, 'p', VALUES_F32, "setp.ne.f32 p4, f0, f1;",                                 \
                as_f32(a) < as_f32(b) || as_f32(a) > as_f32(b))                             \
        X(lt32, 'p', VALUES_F32, "setp.lt.f32 p4, f0, f1;", as_f32(a) < as_f32(b))          \
        X(lt32_ftz, 'p', VALUES_F32, "setp.lt.ftz.f32 p4, f0, f1;",                         \
                as_f32(flushed(a)) < as_f32(flushed(b)))                                    \
        X(equ32, 'p', VALUES_F32, "setp.equ.f32 p4, f0, f1;",                               \
                !(as_f32(a) < as_f32(b) || as_f32(a) > as_f32(b)))                          \
        X(neu64, 'p', VALUES_F64, "setp.neu.f64 p4, g0, g1;", !(as_f64(a) == as_f64(b)))    \
        X(ltu64, 'p', VALUES_F64, "setp.ltu.f64 p4, g0, g1;", !(as_f64(a) >= as_f64(b)))    \
        X(leu32, 'p', VALUES_F32, "setp.leu.f32 p4, f0, f1;", !(as_f32(a) > as_f32(b)))     \
        X(gtu32, 'p', VALUES_F32, "setp.gtu.f32 p4, f0, f1;", !(as_f32(a) <= as_f32(b)))    \
        X(geu64, 'p', VALUES_F64, "setp.geu.f64 p4, g0, g1;", !(as_f64(a) < as_f64(b)))     \
        X(num32, 'p', VALUES_F32, "setp.num.f32 p4, f0, f1;", !is_nan32(a) && !is_nan32(b)) \
        X(nan64, 'p', VALUES_F64, "setp.nan.f64 p4, g0, g1;", is_nan64(a) || is_nan64(b))   \
        X(set_s32, 'r', VALUES_F32, "set.gt.s32.f32 r4, f0, f1;",                           \
                as_f32(a) > as_f32(b) ? UINT32_MAX : 0)                                     \
        X(set_f32, 'f', VALUES_F64, "set.le.f32.f64 f4, g0, g1;",                           \
                as_f64(a) <= as_f64(b) ? 0x3f800000 : 0)                                    \
        X(lt16, 'p', VALUES_F16, "setp.lt.f16 p4, h0, h1;",                                 \
                exact_value(a & 0xffff, half) < exact_value(b & 0xffff, half))

static bool below16(uint64_t a, uint64_t b, struct binary format)
{
        return exact_value(a & 0xffff, format) < exact_value(b & 0xffff, format);
}

#define PAIRS(X)                                                                                  \
        X(set_lt_f16x2, 'r', VALUES_F16, "set.lt.f16x2.f16x2 r4, r0, r1;",                        \
                both(below16(a, b, half) ? 0x3c00 : 0,                                            \
                        below16(a >> 16, b >> 16, half) ? 0x3c00 : 0))                            \
        X(set_lt_u32_f16x2, 'r', VALUES_F16, "set.lt.u32.f16x2 r4, r0, r1;",                      \
                both(below16(a, b, half) ? 0xffff : 0,                                            \
                        below16(a >> 16, b >> 16, half) ? 0xffff : 0))                            \
        X(set_lt_bf16x2, 'r', VALUES_BF16, "set.lt.bf16x2.bf16x2 r4, r0, r1;",                    \
                both(below16(a, b, brain) ? 0x3f80 : 0,                                           \
                        below16(a >> 16, b >> 16, brain) ? 0x3f80 : 0))                           \
        X(setp_low, 'p', VALUES_F16, "setp.lt.f16x2 p4|p5, r0, r1;", below16(a, b, half))         \
        X(setp_high, 'p', VALUES_F16, "setp.lt.and.f16x2 p5|p4, r0, r1, p2;",                     \
                below16(a >> 16, b >> 16, half) && c & 1)                                         \
        X(add_sat_f16x2, 'r', VALUES_F16, "add.sat.f16x2 r4, r0, r1;",                            \
                both(unit16(add16(a, b, half)), unit16(add16(a >> 16, b >> 16, half))))           \
        X(fma_relu_f16, 'h', VALUES_F16, "fma.rn.relu.f16 h4, h0, h1, h2;",                       \
                positive16(fma16(a, b, c, half)))                                                 \
        X(max_nan_f16, 'h', VALUES_F16, "max.NaN.f16 h4, h0, h1;",                                \
                is_nan16(a) || is_nan16(b)                                                        \
                        ? NAN16                                                                   \
                        : (below16(a, b, half) || (!below16(b, a, half) && a & 0x8000) ? b : a) & \
                                  0xffff)

static bool is_nan16(uint64_t bits)
{
        return (bits & 0x7fff) > 0x7c00;
}

/* NaN and what is below zero become zero, what is above one becomes one. */
static uint64_t unit16(uint64_t bits)
{
        if (is_nan16(bits) || bits & 0x8000)
                return 0;
        return bits > 0x3c00 ? 0x3c00 : bits;
}

static uint64_t positive16(uint64_t bits)
{
        return is_nan16(bits) ? NAN16 : bits & 0x8000 ? 0 : bits;
}

#define HALVES(X)                                                                           \
        X(add16, 'h', VALUES_F16, "add.f16 h4, h0, h1;", add16(a, b, half))                 \
        X(sub16, 'h', VALUES_F16, "sub.rn.f16 h4, h0, h1;", add16(a, b ^ 0x8000, half))     \
        X(mul16, 'h', VALUES_F16, "mul.f16 h4, h0, h1;", mul16(a, b, half))                 \
        X(fma16, 'h', VALUES_F16, "fma.rn.f16 h4, h0, h1, h2;", fma16(a, b, c, half))       \
        X(neg16, 'h', VALUES_F16, "neg.f16 h4, h0;",                                        \
                (a & 0x7fff) > 0x7c00 ? NAN16 : (a ^ 0x8000) & 0xffff)                      \
        X(abs_bf16, 'h', VALUES_BF16, "abs.bf16 h4, h0;",                                   \
                (a & 0x7fff) > 0x7f80 ? NAN16 : a & 0x7fff)                                 \
        X(add16x2, 'r', VALUES_F16, "add.f16x2 r4, r0, r1;",                                \
                both(add16(a, b, half), add16(a >> 16, b >> 16, half)))                     \
        X(fma16x2, 'r', VALUES_F16, "fma.rn.f16x2 r4, r0, r1, r2;",                         \
                both(fma16(a, b, c, half), fma16(a >> 16, b >> 16, c >> 16, half)))         \
        X(fma_bf16, 'h', VALUES_BF16, "fma.rn.bf16 h4, h0, h1, h2;", fma16(a, b, c, brain)) \
        X(fma_bf16x2, 'r', VALUES_BF16, "fma.rn.bf16x2 r4, r0, r1, r2;",                    \
                both(fma16(a, b, c, brain), fma16(a >> 16, b >> 16, c >> 16, brain)))

#define F32_OF_S32(m) rounded((int32_t)a, single, m)
#define F32_OF_U64(m) rounded(a, single, m)
#define F32_OF_S64(m) rounded((int64_t)a, single, m)
#define F64_OF_U64(m) rounded(a, twice, m)
#define F32_OF_F64(m) narrowed(a, single, m)
#define F16_OF_F32(m) rounded(as_f32(a), half, m)

#define CONVERTED(X)                                                                              \
        EACH_MODE(X, f32_of_s32, 'f', VALUES_INTEGER, "cvt", ".f32.s32 f4, r0;", F32_OF_S32)      \
        EACH_MODE(X, f32_of_u64, 'f', VALUES_INTEGER, "cvt", ".f32.u64 f4, d0;", F32_OF_U64)      \
        EACH_MODE(X, f32_of_s64, 'f', VALUES_INTEGER, "cvt", ".f32.s64 f4, d0;", F32_OF_S64)      \
        EACH_MODE(X, f64_of_u64, 'g', VALUES_INTEGER, "cvt", ".f64.u64 g4, d0;", F64_OF_U64)      \
        EACH_MODE(X, f32_of_f64, 'f', VALUES_F64, "cvt", ".f32.f64 f4, g0;", F32_OF_F64)          \
        X(f16_of_f32, 'h', VALUES_F32, "cvt.rn.f16.f32 h4, f0;", F16_OF_F32(NEAREST))             \
        X(f16_of_f32_rz, 'h', VALUES_F32, "cvt.rz.f16.f32 h4, f0;", F16_OF_F32(ZERO))             \
        X(f16_of_f64, 'h', VALUES_F64, "cvt.rn.f16.f64 h4, g0;", narrowed(a, half, NEAREST))      \
        X(bf16_of_f64, 'h', VALUES_F64, "cvt.rn.bf16.f64 h4, g0;", narrowed(a, brain, NEAREST))   \
        X(f32_of_f16, 'f', VALUES_F16, "cvt.f32.f16 f4, h0;",                                     \
                rounded(exact_value(a & 0xffff, half), single, NEAREST))                          \
        X(f64_of_f32, 'g', VALUES_F32, "cvt.f64.f32 g4, f0;", widened(a & 0xffffffff))            \
        X(bf16_of_f32, 'h', VALUES_F32, "cvt.rn.bf16.f32 h4, f0;",                                \
                rounded(as_f32(a), brain, NEAREST))                                               \
        X(f16x2_of_f32, 'r', VALUES_F32, "cvt.rn.f16x2.f32 r4, f0, f1;",                          \
                both(rounded(as_f32(b), half, NEAREST), rounded(as_f32(a), half, NEAREST)))       \
        X(f16_of_s32, 'h', VALUES_INTEGER, "cvt.rn.f16.s32 h4, r0;",                              \
                rounded((int32_t)a, half, NEAREST))                                               \
        X(f32_sat, 'f', VALUES_F32, "cvt.sat.f32.f32 f4, f0;", saturated(a & 0xffffffff))         \
        X(f32_rni, 'f', VALUES_F32, "cvt.rni.f32.f32 f4, f0;",                                    \
                is_nan32(a) ? NAN32 : of_f32(rintf(as_f32(a))))                                   \
        X(f64_rmi, 'g', VALUES_F64, "cvt.rmi.f64.f64 g4, g0;",                                    \
                is_nan64(a) ? nan64(a, 0, 0) : of_f64(floor(as_f64(a))))                          \
        X(s32_of_f32_rni, 'r', VALUES_F32, "cvt.rni.s32.f32 r4, f0;", TO_S32(as_f32(a), NEAREST)) \
        X(s32_of_f32_rzi, 'r', VALUES_F32, "cvt.rzi.s32.f32 r4, f0;", TO_S32(as_f32(a), ZERO))    \
        X(u32_of_f32_rmi, 'r', VALUES_F32, "cvt.rmi.u32.f32 r4, f0;", TO_U32(as_f32(a), DOWN))    \
        X(u32_of_f32_rpi, 'r', VALUES_F32, "cvt.rpi.u32.f32 r4, f0;", TO_U32(as_f32(a), UP))      \
        X(s64_of_f32, 'd', VALUES_F32, "cvt.rzi.s64.f32 d4, f0;", TO_S64(as_f32(a), ZERO))        \
        X(u64_of_f64, 'd', VALUES_F64, "cvt.rni.u64.f64 d4, g0;", TO_U64(as_f64(a), NEAREST))     \
        X(s64_of_f64, 'd', VALUES_F64, "cvt.rmi.s64.f64 d4, g0;", TO_S64(as_f64(a), DOWN))        \
        X(s32_of_f64, 'r', VALUES_F64, "cvt.rzi.s32.f64 r4, g0;", FROM_F64_S32(as_f64(a), ZERO))  \
        X(u16_of_f64, 'h', VALUES_F64, "cvt.rpi.u16.f64 h4, g0;", FROM_F64_U16(as_f64(a), UP))    \
        X(s64_of_f16, 'd', VALUES_F16, "cvt.rmi.s64.f16 d4, h0;",                                 \
                TO_S64((double)exact_value(a & 0xffff, half), DOWN))                              \
        X(s16_of_f32, 'h', VALUES_F32, "cvt.rzi.s16.f32 h4, f0;", TO_S16(as_f32(a), ZERO))        \
        X(u8_of_f32, 'r', VALUES_F32, "cvt.rni.u8.f32 r4, f0;", TO_U8(as_f32(a), NEAREST))        \
        X(s32_of_f16, 'r', VALUES_F16, "cvt.rni.s32.f16 r4, h0;",                                 \
                TO_S32((double)exact_value(a & 0xffff, half), NEAREST))                           \
        X(s32_of_f32_ftz, 'r', VALUES_F32, "cvt.rpi.ftz.s32.f32 r4, f0;",                         \
                TO_S32(as_f32(flushed(a)), UP))                                                   \
        X(f16_of_f32_ftz, 'h', VALUES_F32, "cvt.rp.ftz.f16.f32 h4, f0;",                          \
                rounded(as_f32(a), half, UP))                                                     \
        X(f64_of_f32_ftz, 'g', VALUES_F32, "cvt.ftz.f64.f32 g4, f0;", widened(flushed(a)))

#define ROWS(X) ROUNDED(X) UNROUNDED(X) COMPARED(X) HALVES(X) PAIRS(X) CONVERTED(X)

ROWS(ROW_FUNCTION)

static const struct row rows[] = { ROWS(ROW_ENTRY) };

int main(void)
{
        return run_rows(rows, sizeof(rows) / sizeof(rows[0]));
}
