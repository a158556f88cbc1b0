/* Integer arithmetic of all widths (PTX ISA, 9.7.1 and 9.7.2). */
#include "rehearsal/execute/integer.h"

#include <limits.h>

#include "rehearsal/execute/thread.h"

/* X(suffix, type of the operands, type of the slot's value, type of a full product). */
#define ALL_INTEGERS(X, name, expression)            \
        X(name, u16, uint16_t, uint16_t, expression) \
        X(name, s16, int16_t, uint16_t, expression)  \
        X(name, u32, uint32_t, uint32_t, expression) \
        X(name, s32, int32_t, uint32_t, expression)  \
        X(name, u64, uint64_t, uint64_t, expression) \
        X(name, s64, int64_t, uint64_t, expression)

/* Results are computed in `unsigned_t`, which wraps as the hardware does. */
#define DEFINE(name, suffix, value_t, unsigned_t, expression)                       \
        static bool name##_##suffix(struct thread *thread, const struct insn *insn) \
        {                                                                           \
                uint64_t *slots = thread->slots;                                    \
                const value_t a = (value_t)slots[insn->a];                          \
                const value_t b = (value_t)slots[insn->b];                          \
                const value_t c = (value_t)slots[insn->c];                          \
                                                                                    \
                (void)a, (void)b, (void)c;                                          \
                slots[insn->d] = (unsigned_t)(expression);                          \
                return false;                                                       \
        }

#define INTEGER_TABLE(name)              \
        execute_table table_##name = {   \
                [TYPE_U16] = name##_u16, \
                [TYPE_S16] = name##_s16, \
                [TYPE_U32] = name##_u32, \
                [TYPE_S32] = name##_s32, \
                [TYPE_U64] = name##_u64, \
                [TYPE_S64] = name##_s64, \
        }

#define U(x) ((uint64_t)(x))

ALL_INTEGERS(DEFINE, add, U(a) + U(b))
ALL_INTEGERS(DEFINE, sub, U(a) - U(b))
ALL_INTEGERS(DEFINE, mul_lo, U(a) * U(b))
ALL_INTEGERS(DEFINE, mad_lo, U(a) * U(b) + U(c))
INTEGER_TABLE(add);
INTEGER_TABLE(sub);
INTEGER_TABLE(mul_lo);
INTEGER_TABLE(mad_lo);

/* The upper half of the full product. */
#define HIGH(a, b)    ((__int128)(a) * (__int128)(b) >> (8 * sizeof(a)))
#define UHIGH64(a, b) ((unsigned __int128)(a) * (b) >> 64)

DEFINE(mul_hi, u16, uint16_t, uint16_t, HIGH(a, b))
DEFINE(mul_hi, s16, int16_t, uint16_t, HIGH(a, b))
DEFINE(mul_hi, u32, uint32_t, uint32_t, HIGH(a, b))
DEFINE(mul_hi, s32, int32_t, uint32_t, HIGH(a, b))
DEFINE(mul_hi, u64, uint64_t, uint64_t, UHIGH64(a, b))
DEFINE(mul_hi, s64, int64_t, uint64_t, HIGH(a, b))
DEFINE(mad_hi, u16, uint16_t, uint16_t, U(HIGH(a, b)) + U(c))
DEFINE(mad_hi, s16, int16_t, uint16_t, U(HIGH(a, b)) + U(c))
DEFINE(mad_hi, u32, uint32_t, uint32_t, U(HIGH(a, b)) + U(c))
DEFINE(mad_hi, s32, int32_t, uint32_t, U(HIGH(a, b)) + U(c))
DEFINE(mad_hi, u64, uint64_t, uint64_t, U(UHIGH64(a, b)) + U(c))
DEFINE(mad_hi, s64, int64_t, uint64_t, U(HIGH(a, b)) + U(c))
INTEGER_TABLE(mul_hi);
INTEGER_TABLE(mad_hi);

static int32_t clamp_s32(__int128 value)
{
        return value > INT32_MAX ? INT32_MAX : value < INT32_MIN ? INT32_MIN : (int32_t)value;
}

DEFINE(mad_hi_sat, s32, int32_t, uint32_t, clamp_s32(HIGH(a, b) + c))
DEFINE(add_sat, s32, int32_t, uint32_t, clamp_s32((__int128)a + b))
DEFINE(sub_sat, s32, int32_t, uint32_t, clamp_s32((__int128)a - b))
execute_table table_mad_hi_sat = { [TYPE_S32] = mad_hi_sat_s32 };
execute_table table_add_sat = { [TYPE_S32] = add_sat_s32 };
execute_table table_sub_sat = { [TYPE_S32] = sub_sat_s32 };

/* Twice as wide as the operands; the third operand of mad.wide is wide too. */
#define DEFINE_WIDE(suffix, value_t, wide_t, unsigned_wide_t)                                  \
        static bool mul_wide_##suffix(struct thread *thread, const struct insn *insn)          \
        {                                                                                      \
                uint64_t *slots = thread->slots;                                               \
                                                                                               \
                slots[insn->d] = (unsigned_wide_t)((wide_t)(value_t)slots[insn->a] *           \
                                                   (wide_t)(value_t)slots[insn->b]);           \
                return false;                                                                  \
        }                                                                                      \
        static bool mad_wide_##suffix(struct thread *thread, const struct insn *insn)          \
        {                                                                                      \
                uint64_t *slots = thread->slots;                                               \
                                                                                               \
                slots[insn->d] =                                                               \
                        (unsigned_wide_t)((unsigned_wide_t)((wide_t)(value_t)slots[insn->a] *  \
                                                            (wide_t)(value_t)slots[insn->b]) + \
                                          (unsigned_wide_t)slots[insn->c]);                    \
                return false;                                                                  \
        }

DEFINE_WIDE(u16, uint16_t, uint32_t, uint32_t)
DEFINE_WIDE(s16, int16_t, int32_t, uint32_t)
DEFINE_WIDE(u32, uint32_t, uint64_t, uint64_t)
DEFINE_WIDE(s32, int32_t, int64_t, uint64_t)

execute_table table_mul_wide = {
        [TYPE_U16] = mul_wide_u16,
        [TYPE_S16] = mul_wide_s16,
        [TYPE_U32] = mul_wide_u32,
        [TYPE_S32] = mul_wide_s32,
};
execute_table table_mad_wide = {
        [TYPE_U16] = mad_wide_u16,
        [TYPE_S16] = mad_wide_s16,
        [TYPE_U32] = mad_wide_u32,
        [TYPE_S32] = mad_wide_s32,
};

/* 24-bit factors: the lower 32 bits of the 48-bit product, or its bits 47 to 16. */
#define U24(x) ((int64_t)((x)&0xffffff))
#define S24(x) ((int64_t)((int32_t)((uint32_t)(x) << 8) >> 8))

DEFINE(mul24_lo, u32, uint32_t, uint32_t, U24(a) * U24(b))
DEFINE(mul24_lo, s32, int32_t, uint32_t, S24(a) * S24(b))
DEFINE(mul24_hi, u32, uint32_t, uint32_t, (U24(a) * U24(b)) >> 16)
DEFINE(mul24_hi, s32, int32_t, uint32_t, (S24(a) * S24(b)) >> 16)
DEFINE(mad24_lo, u32, uint32_t, uint32_t, U24(a) * U24(b) + c)
DEFINE(mad24_lo, s32, int32_t, uint32_t, S24(a) * S24(b) + c)
DEFINE(mad24_hi, u32, uint32_t, uint32_t, ((U24(a) * U24(b)) >> 16) + c)
DEFINE(mad24_hi, s32, int32_t, uint32_t, ((S24(a) * S24(b)) >> 16) + c)
DEFINE(mad24_hi_sat, s32, int32_t, uint32_t,
        clamp_s32((int32_t)((S24(a) * S24(b)) >> 16) + (__int128)c))
#define TABLE_32(name) \
        execute_table table_##name = { [TYPE_U32] = name##_u32, [TYPE_S32] = name##_s32 }
TABLE_32(mul24_lo);
TABLE_32(mul24_hi);
TABLE_32(mad24_lo);
TABLE_32(mad24_hi);
execute_table table_mad24_hi_sat = { [TYPE_S32] = mad24_hi_sat_s32 };

/* By zero, quotient and remainder are all ones, as in the hardware; the most negative value by -1
 * wraps. */
#define UDIV(a, b) ((b) ? U(a) / U(b) : UINT64_MAX)
#define UREM(a, b) ((b) ? U(a) % U(b) : UINT64_MAX)
#define SDIV(a, b) ((b) == 0 ? UINT64_MAX : (b) == -1 ? 0 - U(a) : U((a) / (b)))
#define SREM(a, b) ((b) == 0 ? UINT64_MAX : (b) == -1 ? 0 : U((a) % (b)))

DEFINE(div, u16, uint16_t, uint16_t, UDIV(a, b))
DEFINE(div, s16, int16_t, uint16_t, SDIV(a, b))
DEFINE(div, u32, uint32_t, uint32_t, UDIV(a, b))
DEFINE(div, s32, int32_t, uint32_t, SDIV(a, b))
DEFINE(div, u64, uint64_t, uint64_t, UDIV(a, b))
DEFINE(div, s64, int64_t, uint64_t, SDIV(a, b))
DEFINE(rem, u16, uint16_t, uint16_t, UREM(a, b))
DEFINE(rem, s16, int16_t, uint16_t, SREM(a, b))
DEFINE(rem, u32, uint32_t, uint32_t, UREM(a, b))
DEFINE(rem, s32, int32_t, uint32_t, SREM(a, b))
DEFINE(rem, u64, uint64_t, uint64_t, UREM(a, b))
DEFINE(rem, s64, int64_t, uint64_t, SREM(a, b))
INTEGER_TABLE(div);
INTEGER_TABLE(rem);

ALL_INTEGERS(DEFINE, min, a < b ? a : b)
ALL_INTEGERS(DEFINE, max, a > b ? a : b)
ALL_INTEGERS(DEFINE, sad, U(c) + (a < b ? U(b) - U(a) : U(a) - U(b)))
INTEGER_TABLE(min);
INTEGER_TABLE(max);
INTEGER_TABLE(sad);

DEFINE(abs, s16, int16_t, uint16_t, a < 0 ? 0 - U(a) : U(a))
DEFINE(abs, s32, int32_t, uint32_t, a < 0 ? 0 - U(a) : U(a))
DEFINE(abs, s64, int64_t, uint64_t, a < 0 ? 0 - U(a) : U(a))
DEFINE(neg, s16, int16_t, uint16_t, 0 - U(a))
DEFINE(neg, s32, int32_t, uint32_t, 0 - U(a))
DEFINE(neg, s64, int64_t, uint64_t, 0 - U(a))
#define SIGNED_TABLE(name)               \
        execute_table table_##name = {   \
                [TYPE_S16] = name##_s16, \
                [TYPE_S32] = name##_s32, \
                [TYPE_S64] = name##_s64, \
        }
SIGNED_TABLE(abs);
SIGNED_TABLE(neg);

/* --- extended precision: CC.CF carries from one instruction to the next (9.7.2) --- */

#define DEFINE_CARRY(name, suffix, unsigned_t, wide_t, expression, first)                    \
        static bool name##_##suffix(struct thread *thread, const struct insn *insn)          \
        {                                                                                    \
                uint64_t *slots = thread->slots;                                             \
                const wide_t a = (unsigned_t)slots[insn->a], b = (unsigned_t)slots[insn->b]; \
                const bool in = insn->flags & FLAG_CC_IN ? thread->carry : first;            \
                const wide_t result = expression;                                            \
                                                                                             \
                slots[insn->d] = (unsigned_t)result;                                         \
                if (insn->flags & FLAG_CC_OUT)                                               \
                        thread->carry = (result >> (8 * sizeof(unsigned_t))) & 1;            \
                return false;                                                                \
        }

typedef unsigned __int128 u128;

/* A subtraction adds the complement and one, so the flag it leaves is 1 where nothing is borrowed,
 * and subc takes it like that; an addc after a sub.cc sees it, and compilers use that. */
DEFINE_CARRY(add_carry, u32, uint32_t, uint64_t, a + b + in, 0)
DEFINE_CARRY(add_carry, u64, uint64_t, u128, a + b + in, 0)
DEFINE_CARRY(sub_carry, u32, uint32_t, uint64_t, a + (uint32_t)~b + in, 1)
DEFINE_CARRY(sub_carry, u64, uint64_t, u128, a + (uint64_t)~b + in, 1)
#define CARRY_TABLE(name)                \
        execute_table table_##name = {   \
                [TYPE_U32] = name##_u32, \
                [TYPE_S32] = name##_u32, \
                [TYPE_U64] = name##_u64, \
                [TYPE_S64] = name##_u64, \
        }
CARRY_TABLE(add_carry);
CARRY_TABLE(sub_carry);

#define DEFINE_MAD_CARRY(name, suffix, value_t, unsigned_t, product)                            \
        static bool name##_##suffix(struct thread *thread, const struct insn *insn)             \
        {                                                                                       \
                uint64_t *slots = thread->slots;                                                \
                const value_t a = (value_t)slots[insn->a], b = (value_t)slots[insn->b];         \
                const bool in = insn->flags & FLAG_CC_IN && thread->carry;                      \
                const u128 sum = (u128)(unsigned_t)(product) + (unsigned_t)slots[insn->c] + in; \
                                                                                                \
                slots[insn->d] = (unsigned_t)sum;                                               \
                if (insn->flags & FLAG_CC_OUT)                                                  \
                        thread->carry = (sum >> (8 * sizeof(unsigned_t))) & 1;                  \
                return false;                                                                   \
        }

DEFINE_MAD_CARRY(mad_lo_carry, u32, uint32_t, uint32_t, U(a) * b)
DEFINE_MAD_CARRY(mad_lo_carry, s32, int32_t, uint32_t, U(a) * U(b))
DEFINE_MAD_CARRY(mad_lo_carry, u64, uint64_t, uint64_t, a *b)
DEFINE_MAD_CARRY(mad_lo_carry, s64, int64_t, uint64_t, U(a) * U(b))
DEFINE_MAD_CARRY(mad_hi_carry, u32, uint32_t, uint32_t, HIGH(a, b))
DEFINE_MAD_CARRY(mad_hi_carry, s32, int32_t, uint32_t, HIGH(a, b))
DEFINE_MAD_CARRY(mad_hi_carry, u64, uint64_t, uint64_t, UHIGH64(a, b))
DEFINE_MAD_CARRY(mad_hi_carry, s64, int64_t, uint64_t, HIGH(a, b))
#define MAD_CARRY_TABLE(name)            \
        execute_table table_##name = {   \
                [TYPE_U32] = name##_u32, \
                [TYPE_S32] = name##_s32, \
                [TYPE_U64] = name##_u64, \
                [TYPE_S64] = name##_s64, \
        }
MAD_CARRY_TABLE(mad_lo_carry);
MAD_CARRY_TABLE(mad_hi_carry);

/* --- dot products of bytes: `from` is the type of a, `detail` the type of b --- */

static int64_t byte_of(uint64_t slot, unsigned index, bool is_signed)
{
        uint8_t byte = (uint8_t)(slot >> (8 * index));

        return is_signed ? (int8_t)byte : byte;
}

static int64_t half_of(uint64_t slot, unsigned index, bool is_signed)
{
        uint16_t half = (uint16_t)(slot >> (16 * index));

        return is_signed ? (int16_t)half : half;
}

static bool execute_dp4a(struct thread *thread, const struct insn *insn)
{
        uint64_t *slots = thread->slots;
        int64_t sum = (int64_t)slots[insn->c];

        for (unsigned i = 0; i < 4; i++)
                sum += byte_of(slots[insn->a], i, insn->from == TYPE_S32) *
                       byte_of(slots[insn->b], i, insn->detail == TYPE_S32);
        slots[insn->d] = (uint32_t)sum;
        return false;
}

static bool dp2a(struct thread *thread, const struct insn *insn, unsigned first)
{
        uint64_t *slots = thread->slots;
        int64_t sum = (int64_t)slots[insn->c];

        for (unsigned i = 0; i < 2; i++)
                sum += half_of(slots[insn->a], i, insn->from == TYPE_S32) *
                       byte_of(slots[insn->b], first + i, insn->detail == TYPE_S32);
        slots[insn->d] = (uint32_t)sum;
        return false;
}

static bool execute_dp2a_lo(struct thread *thread, const struct insn *insn)
{
        return dp2a(thread, insn, 0);
}

static bool execute_dp2a_hi(struct thread *thread, const struct insn *insn)
{
        return dp2a(thread, insn, 2);
}

execute_table table_dp4a = { [TYPE_U32] = execute_dp4a, [TYPE_S32] = execute_dp4a };
execute_table table_dp2a_lo = { [TYPE_U32] = execute_dp2a_lo, [TYPE_S32] = execute_dp2a_lo };
execute_table table_dp2a_hi = { [TYPE_U32] = execute_dp2a_hi, [TYPE_S32] = execute_dp2a_hi };
