/*
 * cvt (PTX ISA, 9.7.9.21). Any type to any other goes through one of two carriers that hold every
 * value of every type: a 128-bit integer, or an 80-bit float. Compiled with -frounding-math.
 */
#include "rehearsal/execute/convert.h"

#include "rehearsal/execute/half.h"
#include "rehearsal/execute/rounding.h"
#include "rehearsal/execute/thread.h"
#include "rehearsal/execute/values.h"

static uint64_t flush(uint64_t bits, enum ptx_type type, unsigned flags)
{
        return flags & FLAG_FTZ && type == TYPE_F32 ? flushed_f32(bits) : bits;
}

/* --- from bits to a carrier --- */

static __int128 integer_of(uint64_t bits, enum ptx_type type)
{
        unsigned shift = 64 - 8 * type_size(type);

        if (type_is_signed(type))
                return (int64_t)(bits << shift) >> shift;
        return (__int128)(bits & type_mask(type));
}

static long double float_of(uint64_t bits, enum ptx_type type)
{
        switch (type) {
        case TYPE_F16:
                return half_to(bits);
        case TYPE_BF16:
                return brain_to(bits);
        case TYPE_F64:
                return f64_of(bits);
        default:
                return f32_of(bits);
        }
}

/* --- from a carrier to bits --- */

static __int128 smallest(enum ptx_type type)
{
        return type_is_signed(type) ? -((__int128)1 << (8 * type_size(type) - 1)) : 0;
}

static __int128 largest(enum ptx_type type)
{
        return ((__int128)1 << (8 * type_size(type) - type_is_signed(type))) - 1;
}

static uint64_t integer_bits(__int128 value, enum ptx_type type, bool saturate)
{
        if (saturate && value < smallest(type))
                value = smallest(type);
        if (saturate && value > largest(type))
                value = largest(type);
        return (uint64_t)value & type_mask(type);
}

static uint64_t single_bits(volatile long double value, enum rounding round)
{
        const int mode = host_rounding(round);
        volatile float result;

        if (mode != FE_TONEAREST)
                fesetround(mode);
        result = (float)value;
        if (mode != FE_TONEAREST)
                fesetround(FE_TONEAREST);
        return f32_result(result);
}

static uint64_t double_bits(volatile long double value, enum rounding round)
{
        const int mode = host_rounding(round);
        volatile double result;

        if (mode != FE_TONEAREST)
                fesetround(mode);
        result = (double)value;
        if (mode != FE_TONEAREST)
                fesetround(FE_TONEAREST);
        return f64_bits(result);
}

static long double clamp_unit(long double value)
{
        return value > 0 ? (value < 1 ? value : 1) : 0; /* NaN becomes +0 */
}

static uint64_t float_bits(
        long double value, enum ptx_type type, enum rounding round, unsigned flags)
{
        if (flags & FLAG_SAT)
                value = clamp_unit(value);
        if (flags & FLAG_RELU && !isnan(value))
                value = value > 0 ? value : 0;
        switch (type) {
        case TYPE_F16:
                return half_from(value, round);
        case TYPE_BF16:
                return brain_from(value, round);
        case TYPE_TF32:
                return tf32_from(value, round);
        case TYPE_F64:
                return double_bits(value, round);
        default:
                return single_bits(value, round);
        }
}

static long double to_integral(long double value, enum rounding round)
{
        switch (round) {
        case ROUND_ZERO:
                return truncl(value);
        case ROUND_DOWN:
                return floorl(value);
        case ROUND_UP:
                return ceill(value);
        default:
                return rintl(value); /* the host rounds to nearest even */
        }
}

/*
 * What a NaN becomes, as the hardware does it: zero in up to 32 bits, but the lowest number
 * wherever 64 bits take part.
 */
static uint64_t integer_from_nan(enum ptx_type type, enum ptx_type from)
{
        if (from != TYPE_F64 && type_size(type) < 8)
                return 0;
        return UINT64_C(1) << (8 * type_size(type) - 1);
}

/* A float to an integer always saturates. */
static uint64_t integer_from_float(long double value, enum ptx_type type, enum rounding round)
{
        value = to_integral(value, round);
        if (value >= 0x1p65L)
                return integer_bits(largest(type), type, true);
        if (value <= -0x1p65L)
                return integer_bits(smallest(type), type, true);
        return integer_bits((__int128)value, type, true);
}

/* --- NaN between floats: f64, and bf16 on the way up, keep the payload; the rest is one NaN --- */

struct layout {
        unsigned mantissa, sign; /* bits behind the point; place of the sign */
};

static struct layout layout_of(enum ptx_type type)
{
        switch (type) {
        case TYPE_F16:
                return (struct layout){ 10, 15 };
        case TYPE_BF16:
                return (struct layout){ 7, 15 };
        case TYPE_F64:
                return (struct layout){ 52, 63 };
        default:
                return (struct layout){ 23, 31 };
        }
}

/* The payload moved to the other format's mantissa, and the quiet bit set. */
static uint64_t moved_nan(uint64_t bits, enum ptx_type from, enum ptx_type to)
{
        struct layout here = layout_of(from), there = layout_of(to);
        uint64_t payload = (bits & ((UINT64_C(1) << here.mantissa) - 1)) << (52 - here.mantissa);
        uint64_t exponent = (UINT64_C(1) << there.sign) - (UINT64_C(1) << there.mantissa);

        payload = (payload | UINT64_C(1) << 51) >> (52 - there.mantissa);
        return (bits >> here.sign & 1) << there.sign | exponent | payload;
}

static uint64_t nan_bits(uint64_t bits, enum ptx_type from, enum ptx_type to)
{
        if (to == TYPE_TF32)
                return bits & 0xffffe000;
        if (from == TYPE_BF16 && to == TYPE_F32)
                return (bits & 0xffff) << 16;
        if (from == TYPE_F64 || to == TYPE_F64)
                return moved_nan(bits, from, to);
        return to == TYPE_F32 ? F32_NAN : F16_NAN;
}

/* --- the instruction --- */

static uint64_t float_from_float(const struct insn *insn, uint64_t bits, enum ptx_type from)
{
        enum ptx_type to = (enum ptx_type)insn->type;
        enum rounding round = (enum rounding)insn->round;
        /* on the way to f16 the hardware flushes nothing */
        unsigned flags = to == TYPE_F16 ? insn->flags & ~(unsigned)FLAG_FTZ : insn->flags;
        long double value = float_of(flush(bits, from, flags), from);
        uint64_t result;

        if (isnan(value) && !(insn->flags & FLAG_SAT))
                return nan_bits(bits, from, to);
        if (insn->flags & FLAG_INTEGRAL)
                value = to_integral(value, round);
        result = flush(float_bits(value, to, round, insn->flags), to, insn->flags);
        if (insn->flags & FLAG_FTZ && from == TYPE_F64 && to == TYPE_F32 &&
                (result & 0x7fffffff) == 0x00800000 && was_tiny(value, round))
                result &= 0x80000000;
        return result;
}

static uint64_t convert(const struct insn *insn, uint64_t bits)
{
        enum ptx_type to = (enum ptx_type)insn->type, from = (enum ptx_type)insn->from;
        enum rounding round = (enum rounding)insn->round;

        if (!type_is_float(from)) {
                __int128 value = integer_of(bits, from);

                if (!type_is_float(to))
                        return integer_bits(value, to, insn->flags & FLAG_SAT);
                return float_bits((long double)value, to, round, insn->flags);
        }
        if (type_is_float(to))
                return float_from_float(insn, bits, from);

        long double value = float_of(flush(bits, from, insn->flags), from);

        return isnan(value) ? integer_from_nan(to, from) : integer_from_float(value, to, round);
}

/* A result narrower than its register fills it: signed with its sign. `width`: the register's. */
static uint64_t widen(const struct insn *insn, uint64_t bits)
{
        unsigned size = type_size((enum ptx_type)insn->type), shift = 64 - 8 * size;

        if (insn->width <= size || !type_is_signed((enum ptx_type)insn->type))
                return bits;
        bits = (uint64_t)((int64_t)(bits << shift) >> shift);
        return insn->width >= 8 ? bits : bits & ((UINT64_C(1) << (8 * insn->width)) - 1);
}

bool execute_cvt(struct thread *thread, const struct insn *insn)
{
        thread->slots[insn->d] = widen(insn, convert(insn, thread->slots[insn->a]));
        return false;
}

/* Between integers, without .sat: `from` extends, `width` cuts. */
bool execute_cvt_integer(struct thread *thread, const struct insn *insn)
{
        uint64_t bits = thread->slots[insn->a];
        unsigned shift = 64 - 8 * type_size((enum ptx_type)insn->from);

        if (type_is_signed((enum ptx_type)insn->from))
                bits = (uint64_t)((int64_t)(bits << shift) >> shift);
        else
                bits = bits << shift >> shift;
        thread->slots[insn->d] = widen(insn, bits & type_mask((enum ptx_type)insn->type));
        return false;
}

/* The same where no sign fills anything: `index` has a one for each bit that stays. */
bool execute_cvt_bits(struct thread *thread, const struct insn *insn)
{
        thread->slots[insn->d] = thread->slots[insn->a] & insn->index;
        return false;
}

/* cvt.rn.f16x2.f32 d, a, b: a becomes the upper half. */
bool execute_cvt_two(struct thread *thread, const struct insn *insn)
{
        enum ptx_type to = insn->type == TYPE_BF16X2 ? TYPE_BF16 : TYPE_F16;
        uint64_t *slots = thread->slots;
        uint64_t high =
                float_bits(f32_of(slots[insn->a]), to, (enum rounding)insn->round, insn->flags);
        uint64_t low =
                float_bits(f32_of(slots[insn->b]), to, (enum rounding)insn->round, insn->flags);

        slots[insn->d] = high << 16 | low;
        return false;
}

/* cvt.pack.sat.u8.s32.b32 d, a, b, c: a and b saturated to `type`, packed above c's low bits. */
bool execute_cvt_pack(struct thread *thread, const struct insn *insn)
{
        enum ptx_type to = (enum ptx_type)insn->type;
        unsigned size = 8 * type_size(to);
        uint64_t *slots = thread->slots;
        uint64_t a = integer_bits((int32_t)slots[insn->a], to, true);
        uint64_t b = integer_bits((int32_t)slots[insn->b], to, true);

        slots[insn->d] = (uint32_t)(slots[insn->c] << (2 * size) | a << size | b);
        return false;
}
