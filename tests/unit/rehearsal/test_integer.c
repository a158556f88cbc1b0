/* Integer arithmetic and bit operations of the interpreter, instruction by instruction. */
#include <stdbool.h>

#include "tests/unit/rehearsal/table.h"

#define U16(x) ((uint16_t)(x))
#define U32(x) ((uint32_t)(x))
#define S16(x) ((int16_t)(x))
#define S32(x) ((int32_t)(x))
#define S64(x) ((int64_t)(x))

typedef unsigned __int128 u128;
typedef __int128 s128;

static uint32_t saturated(int64_t value)
{
        return value > INT32_MAX ? INT32_MAX : value < INT32_MIN ? U32(INT32_MIN) : U32(value);
}

static int64_t sign24(uint64_t value)
{
        return value & 0x800000 ? (int64_t)(value & 0xffffff) - 0x1000000
                                : (int64_t)(value & 0xffffff);
}

static uint64_t divide_signed(int64_t a, int64_t b, unsigned width)
{
        int64_t lowest = width == 64 ? INT64_MIN : -(INT64_C(1) << (width - 1));

        if (b == 0)
                return UINT64_MAX;
        return a == lowest && b == -1 ? (uint64_t)a : (uint64_t)(a / b);
}

static uint64_t remainder_signed(int64_t a, int64_t b)
{
        return b == 0 ? UINT64_MAX : b == -1 ? 0 : (uint64_t)(a % b);
}

static unsigned count_ones(uint64_t value)
{
        unsigned count = 0;

        for (; value; value &= value - 1)
                count++;
        return count;
}

static unsigned leading_zeros(uint64_t value, unsigned width)
{
        unsigned count = 0;

        while (count < width && !(value >> (width - 1 - count) & 1))
                count++;
        return count;
}

static uint64_t reversed(uint64_t value, unsigned width)
{
        uint64_t result = 0;

        for (unsigned i = 0; i < width; i++)
                if (value >> i & 1)
                        result |= UINT64_C(1) << (width - 1 - i);
        return result;
}

/* The definition of bfe in the PTX manual, bit by bit. */
static uint64_t extracted(uint64_t a, uint64_t b, uint64_t c, unsigned width, bool is_signed)
{
        unsigned top = width - 1, position = b & 0xff, length = c & 0xff, last;
        uint64_t result = 0, sign;

        last = position + length - 1 < top ? position + length - 1 : top;
        sign = !is_signed || length == 0 ? 0 : a >> last & 1;
        for (unsigned i = 0; i <= top; i++)
                result |= (i < length && position + i <= top ? a >> (position + i) & 1 : sign) << i;
        return result;
}

static uint64_t inserted(uint64_t a, uint64_t b, uint64_t c, uint64_t d, unsigned width)
{
        unsigned top = width - 1, position = c & 0xff, length = d & 0xff;
        uint64_t result = b;

        for (unsigned i = 0; i < length && position + i <= top; i++) {
                result &= ~(UINT64_C(1) << (position + i));
                result |= (a >> i & 1) << (position + i);
        }
        return result;
}

static uint32_t highest(uint64_t value, unsigned width, bool is_signed)
{
        uint64_t sign = value >> (width - 1) & 1;

        for (unsigned i = width; i-- > 0;)
                if ((value >> i & 1) != (is_signed ? sign : 0))
                        return i;
        return UINT32_MAX;
}

static uint32_t shift_amount(uint64_t value, unsigned width, bool is_signed)
{
        uint32_t position = highest(value, width, is_signed);

        return position == UINT32_MAX ? position : width - 1 - position;
}

static uint32_t permuted(uint64_t a, uint64_t b, uint64_t control)
{
        uint8_t bytes[8];
        uint32_t result = 0;

        for (unsigned i = 0; i < 4; i++) {
                bytes[i] = (uint8_t)(a >> (8 * i));
                bytes[4 + i] = (uint8_t)(b >> (8 * i));
        }
        for (unsigned i = 0; i < 4; i++) {
                unsigned nibble = control >> (4 * i) & 15;
                uint8_t byte = bytes[nibble & 7];

                if (nibble & 8)
                        byte = byte & 0x80 ? 0xff : 0;
                result |= (uint32_t)byte << (8 * i);
        }
        return result;
}

static uint32_t dot4(uint64_t a, uint64_t b, uint64_t c, bool a_signed, bool b_signed)
{
        int64_t sum = S32(c);

        for (unsigned i = 0; i < 4; i++) {
                int x = (uint8_t)(a >> (8 * i)), y = (uint8_t)(b >> (8 * i));

                sum += (int64_t)(a_signed && x > 127 ? x - 256 : x) *
                       (b_signed && y > 127 ? y - 256 : y);
        }
        return U32(sum);
}

static uint64_t shifted_left(uint64_t a, uint32_t by, unsigned width)
{
        return by >= width ? 0 : a << by;
}

static uint64_t shifted_right(int64_t a, uint32_t by, unsigned width)
{
        return (uint64_t)(a >> (by >= width ? width - 1 : by));
}

static uint32_t funnel_left(uint64_t a, uint64_t b, unsigned by)
{
        return by == 0 ? U32(b) : by == 32 ? U32(a) : U32(b) << by | U32(a) >> (32 - by);
}

static uint32_t funnel_right(uint64_t a, uint64_t b, unsigned by)
{
        return by == 0 ? U32(a) : by == 32 ? U32(b) : U32(b) << (32 - by) | U32(a) >> by;
}

#define CLAMP32(x) (U32(x) > 32 ? 32 : U32(x))

#define ARITHMETIC(X)                                                                              \
        X(add_u16, 'h', VALUES_INTEGER, "add.u16 h4, h0, h1;", U16(a + b))                         \
        X(add_s32, 'r', VALUES_INTEGER, "add.s32 r4, r0, r1;", U32(a + b))                         \
        X(add_u64, 'd', VALUES_INTEGER, "add.u64 d4, d0, d1;", a + b)                              \
        X(add_sat, 'r', VALUES_INTEGER, "add.sat.s32 r4, r0, r1;",                                 \
                saturated((int64_t)S32(a) + S32(b)))                                               \
        X(sub_sat, 'r', VALUES_INTEGER, "sub.sat.s32 r4, r0, r1;",                                 \
                saturated((int64_t)S32(a) - S32(b)))                                               \
        X(sub_s16, 'h', VALUES_INTEGER, "sub.s16 h4, h0, h1;", U16(a - b))                         \
        X(sub_s64, 'd', VALUES_INTEGER, "sub.s64 d4, d0, d1;", a - b)                              \
        X(mul_lo_u16, 'h', VALUES_INTEGER, "mul.lo.u16 h4, h0, h1;", U16(U16(a) * 1u * U16(b)))    \
        X(mul_lo_s32, 'r', VALUES_INTEGER, "mul.lo.s32 r4, r0, r1;", U32(a *b))                    \
        X(mul_lo_u64, 'd', VALUES_INTEGER, "mul.lo.u64 d4, d0, d1;", a *b)                         \
        X(mul_hi_u16, 'h', VALUES_INTEGER, "mul.hi.u16 h4, h0, h1;",                               \
                U16(U16(a) * 1u * U16(b) >> 16))                                                   \
        X(mul_hi_s16, 'h', VALUES_INTEGER, "mul.hi.s16 h4, h0, h1;", U16(S16(a) * S16(b) >> 16))   \
        X(mul_hi_u32, 'r', VALUES_INTEGER, "mul.hi.u32 r4, r0, r1;",                               \
                (uint64_t)U32(a) * U32(b) >> 32)                                                   \
        X(mul_hi_s32, 'r', VALUES_INTEGER, "mul.hi.s32 r4, r0, r1;",                               \
                U32((int64_t)S32(a) * S32(b) >> 32))                                               \
        X(mul_hi_u64, 'd', VALUES_INTEGER, "mul.hi.u64 d4, d0, d1;", (u128)a *b >> 64)             \
        X(mul_hi_s64, 'd', VALUES_INTEGER, "mul.hi.s64 d4, d0, d1;", (s128)S64(a) * S64(b) >> 64)  \
        X(mul_wide_u16, 'r', VALUES_INTEGER, "mul.wide.u16 r4, h0, h1;", U16(a) * 1u * U16(b))     \
        X(mul_wide_s16, 'r', VALUES_INTEGER, "mul.wide.s16 r4, h0, h1;", U32(S16(a) * S16(b)))     \
        X(mul_wide_u32, 'd', VALUES_INTEGER, "mul.wide.u32 d4, r0, r1;",                           \
                (uint64_t)U32(a) * U32(b))                                                         \
        X(mul_wide_s32, 'd', VALUES_INTEGER, "mul.wide.s32 d4, r0, r1;", (int64_t)S32(a) * S32(b)) \
        X(mad_lo_s32, 'r', VALUES_INTEGER, "mad.lo.s32 r4, r0, r1, r2;", U32(a *b + c))            \
        X(mad_lo_u64, 'd', VALUES_INTEGER, "mad.lo.u64 d4, d0, d1, d2;", a *b + c)                 \
        X(mad_hi_u32, 'r', VALUES_INTEGER, "mad.hi.u32 r4, r0, r1, r2;",                           \
                U32(((uint64_t)U32(a) * U32(b) >> 32) + c))                                        \
        X(mad_hi_s64, 'd', VALUES_INTEGER, "mad.hi.s64 d4, d0, d1, d2;",                           \
                (uint64_t)((s128)S64(a) * S64(b) >> 64) + c)                                       \
        X(mad_hi_sat, 'r', VALUES_INTEGER, "mad.hi.sat.s32 r4, r0, r1, r2;",                       \
                saturated(((int64_t)S32(a) * S32(b) >> 32) + S32(c)))                              \
        X(mad_wide_u16, 'r', VALUES_INTEGER, "mad.wide.u16 r4, h0, h1, r2;",                       \
                U32(U16(a) * 1u * U16(b) + U32(c)))                                                \
        X(mad_wide_s32, 'd', VALUES_INTEGER, "mad.wide.s32 d4, r0, r1, d2;",                       \
                (uint64_t)((int64_t)S32(a) * S32(b)) + c)                                          \
        X(mad_wide_u32, 'd', VALUES_INTEGER, "mad.wide.u32 d4, r0, r1, d2;",                       \
                (uint64_t)U32(a) * U32(b) + c)                                                     \
        X(mul24_lo_u32, 'r', VALUES_INTEGER, "mul24.lo.u32 r4, r0, r1;",                           \
                U32((a & 0xffffff) * (b & 0xffffff)))                                              \
        X(mul24_lo_s32, 'r', VALUES_INTEGER, "mul24.lo.s32 r4, r0, r1;",                           \
                U32(sign24(a) * sign24(b)))                                                        \
        X(mul24_hi_u32, 'r', VALUES_INTEGER, "mul24.hi.u32 r4, r0, r1;",                           \
                U32((a & 0xffffff) * (b & 0xffffff) >> 16))                                        \
        X(mul24_hi_s32, 'r', VALUES_INTEGER, "mul24.hi.s32 r4, r0, r1;",                           \
                U32(sign24(a) * sign24(b) >> 16))                                                  \
        X(mad24_lo_s32, 'r', VALUES_INTEGER, "mad24.lo.s32 r4, r0, r1, r2;",                       \
                U32(sign24(a) * sign24(b) + S64(c)))                                               \
        X(mad24_hi_u32, 'r', VALUES_INTEGER, "mad24.hi.u32 r4, r0, r1, r2;",                       \
                U32(((a & 0xffffff) * (b & 0xffffff) >> 16) + c))                                  \
        X(div_u16, 'h', VALUES_INTEGER, "div.u16 h4, h0, h1;",                                     \
                U16(b) ? U16(U16(a) / U16(b)) : 0xffff)                                            \
        X(div_s16, 'h', VALUES_INTEGER, "div.s16 h4, h0, h1;",                                     \
                U16(divide_signed(S16(a), S16(b), 16)))                                            \
        X(div_u32, 'r', VALUES_INTEGER, "div.u32 r4, r0, r1;",                                     \
                U32(b) ? U32(a) / U32(b) : UINT32_MAX)                                             \
        X(div_s32, 'r', VALUES_INTEGER, "div.s32 r4, r0, r1;",                                     \
                U32(divide_signed(S32(a), S32(b), 32)))                                            \
        X(div_u64, 'd', VALUES_INTEGER, "div.u64 d4, d0, d1;", b ? a / b : UINT64_MAX)             \
        X(div_s64, 'd', VALUES_INTEGER, "div.s64 d4, d0, d1;", divide_signed(S64(a), S64(b), 64))  \
        X(rem_u16, 'h', VALUES_INTEGER, "rem.u16 h4, h0, h1;",                                     \
                U16(b) ? U16(a) % U16(b) : UINT16_MAX)                                             \
        X(rem_u32, 'r', VALUES_INTEGER, "rem.u32 r4, r0, r1;",                                     \
                U32(b) ? U32(a) % U32(b) : UINT32_MAX)                                             \
        X(rem_s32, 'r', VALUES_INTEGER, "rem.s32 r4, r0, r1;",                                     \
                U32(remainder_signed(S32(a), S32(b))))                                             \
        X(rem_u64, 'd', VALUES_INTEGER, "rem.u64 d4, d0, d1;", b ? a % b : UINT64_MAX)             \
        X(rem_s64, 'd', VALUES_INTEGER, "rem.s64 d4, d0, d1;", remainder_signed(S64(a), S64(b)))   \
        X(min_u16, 'h', VALUES_INTEGER, "min.u16 h4, h0, h1;", U16(a) < U16(b) ? U16(a) : U16(b))  \
        X(min_s32, 'r', VALUES_INTEGER, "min.s32 r4, r0, r1;", U32(S32(a) < S32(b) ? a : b))       \
        X(min_u64, 'd', VALUES_INTEGER, "min.u64 d4, d0, d1;", a < b ? a : b)                      \
        X(max_s16, 'h', VALUES_INTEGER, "max.s16 h4, h0, h1;", U16(S16(a) > S16(b) ? a : b))       \
        X(max_u32, 'r', VALUES_INTEGER, "max.u32 r4, r0, r1;", U32(a) > U32(b) ? U32(a) : U32(b))  \
        X(max_s64, 'd', VALUES_INTEGER, "max.s64 d4, d0, d1;", S64(a) > S64(b) ? a : b)            \
        X(abs_s16, 'h', VALUES_INTEGER, "abs.s16 h4, h0;", U16(S16(a) < 0 ? -S16(a) : S16(a)))     \
        X(abs_s32, 'r', VALUES_INTEGER, "abs.s32 r4, r0;", S32(a) < 0 ? U32(0 - a) : U32(a))       \
        X(abs_s64, 'd', VALUES_INTEGER, "abs.s64 d4, d0;", S64(a) < 0 ? 0 - a : a)                 \
        X(neg_s32, 'r', VALUES_INTEGER, "neg.s32 r4, r0;", U32(0 - a))                             \
        X(neg_s64, 'd', VALUES_INTEGER, "neg.s64 d4, d0;", 0 - a)                                  \
        X(sad_u32, 'r', VALUES_INTEGER, "sad.u32 r4, r0, r1, r2;",                                 \
                U32((U32(a) < U32(b) ? U32(b) - U32(a) : U32(a) - U32(b)) + c))                    \
        X(sad_s32, 'r', VALUES_INTEGER, "sad.s32 r4, r0, r1, r2;",                                 \
                U32((S32(a) < S32(b) ? U32(b) - U32(a) : U32(a) - U32(b)) + c))                    \
        X(add_cc_64, 'd', VALUES_INTEGER,                                                          \
                "add.cc.u32 r5, r0, r1; shr.u64 d5, d0, 32; cvt.u32.u64 r6, d5; "                  \
                "shr.u64 d6, d1, 32; cvt.u32.u64 r7, d6; addc.u32 r8, r6, r7; "                    \
                "mov.b64 d4, {r5, r8};",                                                           \
                a + b)                                                                             \
        X(sub_cc_64, 'd', VALUES_INTEGER,                                                          \
                "sub.cc.u32 r5, r0, r1; shr.u64 d5, d0, 32; cvt.u32.u64 r6, d5; "                  \
                "shr.u64 d6, d1, 32; cvt.u32.u64 r7, d6; subc.u32 r8, r6, r7; "                    \
                "mov.b64 d4, {r5, r8};",                                                           \
                a - b)                                                                             \
        X(add_carry_out, 'r', VALUES_INTEGER,                                                      \
                "add.cc.u64 d5, d0, d1; addc.cc.u64 d6, d2, d3; addc.u32 r4, 0, 0;",               \
                ((u128)c + d + (a + b < a)) >> 64)                                                 \
        X(sub_borrow_out, 'r', VALUES_INTEGER,                                                     \
                "sub.cc.u32 r5, r0, r1; subc.cc.u32 r6, r2, r3; subc.u32 r4, 0, 0;",               \
                U32(0 - (U32(c) < (uint64_t)U32(d) + (U32(a) < U32(b)))))                          \
        X(sub_leaves_carry, 'r', VALUES_INTEGER, "sub.cc.u32 r5, r0, r1; addc.u32 r4, 0, 0;",      \
                U32(a) >= U32(b))                                                                  \
        X(add_then_subc, 'd', VALUES_INTEGER, "add.cc.u64 d5, d0, d1; subc.u64 d4, d2, d3;",       \
                c - d - !(a + b < a))                                                              \
        X(mad_cc_128, 'd', VALUES_INTEGER,                                                         \
                "mad.lo.cc.u64 d5, d0, d1, d2; madc.hi.u64 d4, d0, d1, d3;",                       \
                (uint64_t)(((u128)a * b + c) >> 64) + d)                                           \
        X(madc_cc_32, 'r', VALUES_INTEGER,                                                         \
                "mad.lo.cc.u32 r5, r0, r1, r2; madc.hi.cc.u32 r6, r0, r1, r3; addc.u32 r4, r6, "   \
                "0;",                                                                              \
                U32(((uint64_t)U32(a) * U32(b) + U32(c)) >> 32) + (uint64_t)U32(d) > UINT32_MAX    \
                        ? U32((((uint64_t)U32(a) * U32(b) + U32(c)) >> 32) + U32(d) + 1)           \
                        : U32((((uint64_t)U32(a) * U32(b) + U32(c)) >> 32) + U32(d)))              \
        X(dp4a_uu, 'r', VALUES_INTEGER, "dp4a.u32.u32 r4, r0, r1, r2;", dot4(a, b, c, 0, 0))       \
        X(dp4a_ss, 'r', VALUES_INTEGER, "dp4a.s32.s32 r4, r0, r1, r2;", dot4(a, b, c, 1, 1))       \
        X(dp4a_us, 'r', VALUES_INTEGER, "dp4a.u32.s32 r4, r0, r1, r2;", dot4(a, b, c, 0, 1))       \
        X(dp2a_lo, 'r', VALUES_INTEGER, "dp2a.lo.s32.u32 r4, r0, r1, r2;",                         \
                U32(S16(a) * (int)(b & 0xff) + S16(a >> 16) * (int)(b >> 8 & 0xff) + c))           \
        X(dp2a_hi, 'r', VALUES_INTEGER, "dp2a.hi.u32.u32 r4, r0, r1, r2;",                         \
                U32(U16(a) * (b >> 16 & 0xff) + U16(a >> 16) * (b >> 24 & 0xff) + c))

#define BITS(X)                                                                                 \
        X(and_b16, 'h', VALUES_INTEGER, "and.b16 h4, h0, h1;", U16(a &b))                       \
        X(and_b32, 'r', VALUES_INTEGER, "and.b32 r4, r0, r1;", U32(a &b))                       \
        X(or_b64, 'd', VALUES_INTEGER, "or.b64 d4, d0, d1;", a | b)                             \
        X(xor_b32, 'r', VALUES_INTEGER, "xor.b32 r4, r0, r1;", U32(a ^ b))                      \
        X(not_b16, 'h', VALUES_INTEGER, "not.b16 h4, h0;", U16(~a))                             \
        X(not_b64, 'd', VALUES_INTEGER, "not.b64 d4, d0;", ~a)                                  \
        X(cnot_b32, 'r', VALUES_INTEGER, "cnot.b32 r4, r0;", U32(a) == 0)                       \
        X(and_pred, 'p', VALUES_INTEGER, "and.pred p4, p0, p1;", a &b & 1)                      \
        X(xor_pred, 'p', VALUES_INTEGER, "xor.pred p4, p0, p1;", (a ^ b) & 1)                   \
        X(not_pred, 'p', VALUES_INTEGER, "not.pred p4, p0;", ~a & 1)                            \
        X(shl_b16, 'h', VALUES_MIXED, "shl.b16 h4, h0, r2;",                                    \
                U16(shifted_left(U16(a), U32(c), 16)))                                          \
        X(shl_b32, 'r', VALUES_MIXED, "shl.b32 r4, r0, r2;",                                    \
                U32(shifted_left(U32(a), U32(c), 32)))                                          \
        X(shl_b64, 'd', VALUES_MIXED, "shl.b64 d4, d0, r2;", shifted_left(a, U32(c), 64))       \
        X(shl_big, 'r', VALUES_INTEGER, "shl.b32 r4, r0, r1;",                                  \
                U32(shifted_left(U32(a), U32(b), 32)))                                          \
        X(shr_u16, 'h', VALUES_MIXED, "shr.u16 h4, h0, r2;", c > 15 ? 0 : U16(a) >> c)          \
        X(shr_u32, 'r', VALUES_MIXED, "shr.u32 r4, r0, r2;", c > 31 ? 0 : U32(a) >> c)          \
        X(shr_b64, 'd', VALUES_MIXED, "shr.b64 d4, d0, r2;", c > 63 ? 0 : a >> c)               \
        X(shr_s16, 'h', VALUES_MIXED, "shr.s16 h4, h0, r2;",                                    \
                U16(shifted_right(S16(a), U32(c), 16)))                                         \
        X(shr_s32, 'r', VALUES_INTEGER, "shr.s32 r4, r0, r1;",                                  \
                U32(shifted_right(S32(a), U32(b), 32)))                                         \
        X(shr_s64, 'd', VALUES_MIXED, "shr.s64 d4, d0, r2;", shifted_right(S64(a), U32(c), 64)) \
        X(popc_b32, 'r', VALUES_INTEGER, "popc.b32 r4, r0;", count_ones(U32(a)))                \
        X(popc_b64, 'r', VALUES_INTEGER, "popc.b64 r4, d0;", count_ones(a))                     \
        X(clz_b32, 'r', VALUES_INTEGER, "clz.b32 r4, r0;", leading_zeros(U32(a), 32))           \
        X(clz_b64, 'r', VALUES_INTEGER, "clz.b64 r4, d0;", leading_zeros(a, 64))                \
        X(brev_b32, 'r', VALUES_INTEGER, "brev.b32 r4, r0;", reversed(U32(a), 32))              \
        X(brev_b64, 'd', VALUES_INTEGER, "brev.b64 d4, d0;", reversed(a, 64))                   \
        X(bfind_u32, 'r', VALUES_INTEGER, "bfind.u32 r4, r0;", highest(U32(a), 32, false))      \
        X(bfind_s32, 'r', VALUES_INTEGER, "bfind.s32 r4, r0;", highest(U32(a), 32, true))       \
        X(bfind_u64, 'r', VALUES_INTEGER, "bfind.u64 r4, d0;", highest(a, 64, false))           \
        X(bfind_s64, 'r', VALUES_INTEGER, "bfind.s64 r4, d0;", highest(a, 64, true))            \
        X(bfind_shift_u32, 'r', VALUES_INTEGER, "bfind.shiftamt.u32 r4, r0;",                   \
                shift_amount(U32(a), 32, false))                                                \
        X(bfind_shift_s64, 'r', VALUES_INTEGER, "bfind.shiftamt.s64 r4, d0;",                   \
                shift_amount(a, 64, true))                                                      \
        X(bfe_u32, 'r', VALUES_MIXED, "bfe.u32 r4, r0, r2, r3;",                                \
                extracted(U32(a), c, d, 32, false))                                             \
        X(bfe_s32, 'r', VALUES_MIXED, "bfe.s32 r4, r0, r2, r3;",                                \
                extracted(U32(a), c, d, 32, true))                                              \
        X(bfe_u64, 'd', VALUES_MIXED, "bfe.u64 d4, d0, r2, r3;", extracted(a, c, d, 64, false)) \
        X(bfe_s64, 'd', VALUES_MIXED, "bfe.s64 d4, d0, r2, r3;", extracted(a, c, d, 64, true))  \
        X(bfi_b32, 'r', VALUES_MIXED, "bfi.b32 r4, r0, r1, r2, r3;",                            \
                inserted(U32(a), U32(b), c, d, 32))                                             \
        X(bfi_b64, 'd', VALUES_MIXED, "bfi.b64 d4, d0, d1, r2, r3;", inserted(a, b, c, d, 64))  \
        X(prmt, 'r', VALUES_INTEGER, "prmt.b32 r4, r0, r1, r2;", permuted(a, b, c))             \
        X(prmt_f4e, 'r', VALUES_INTEGER, "prmt.b32.f4e r4, r0, r1, r2;",                        \
                permuted(a, b, 0x3210 + 0x1111 * (c & 3)))                                      \
        X(prmt_rc8, 'r', VALUES_INTEGER, "prmt.b32.rc8 r4, r0, r1, r2;",                        \
                permuted(a, b, 0x1111 * (c & 3)))                                               \
        X(prmt_rc16, 'r', VALUES_INTEGER, "prmt.b32.rc16 r4, r0, r1, r2;",                      \
                permuted(a, b, c & 1 ? 0x3232 : 0x1010))                                        \
        X(prmt_b4e, 'r', VALUES_INTEGER, "prmt.b32.b4e r4, r0, r1, r2;",                        \
                permuted(a, b,                                                                  \
                        (c & 3) == 0   ? 0x5670                                                 \
                        : (c & 3) == 1 ? 0x6701                                                 \
                        : (c & 3) == 2 ? 0x7012                                                 \
                                       : 0x0123))                                               \
        X(prmt_ecl, 'r', VALUES_INTEGER, "prmt.b32.ecl r4, r0, r1, r2;",                        \
                permuted(a, b,                                                                  \
                        (c & 3) == 0   ? 0x3210                                                 \
                        : (c & 3) == 1 ? 0x3211                                                 \
                        : (c & 3) == 2 ? 0x3222                                                 \
                                       : 0x3333))                                               \
        X(prmt_ecr, 'r', VALUES_INTEGER, "prmt.b32.ecr r4, r0, r1, r2;",                        \
                permuted(a, b,                                                                  \
                        (c & 3) == 0   ? 0x0000                                                 \
                        : (c & 3) == 1 ? 0x1110                                                 \
                        : (c & 3) == 2 ? 0x2210                                                 \
                                       : 0x3210))                                               \
        X(lop3_xor, 'r', VALUES_INTEGER, "lop3.b32 r4, r0, r1, r2, 0x96;", U32(a ^ b ^ c))      \
        X(lop3_select, 'r', VALUES_INTEGER, "lop3.b32 r4, r0, r1, r2, 0xca;",                   \
                U32((a & b) | (~a & c)))                                                        \
        X(lop3_or_not, 'r', VALUES_INTEGER, "lop3.b32 r4, r0, r1, r2, 0xf3;", U32(a | ~b))      \
        X(shf_l_wrap, 'r', VALUES_INTEGER, "shf.l.wrap.b32 r4, r0, r1, r2;",                    \
                funnel_left(a, b, c & 31))                                                      \
        X(shf_l_clamp, 'r', VALUES_INTEGER, "shf.l.clamp.b32 r4, r0, r1, r2;",                  \
                funnel_left(a, b, CLAMP32(c)))                                                  \
        X(shf_r_wrap, 'r', VALUES_INTEGER, "shf.r.wrap.b32 r4, r0, r1, r2;",                    \
                funnel_right(a, b, c & 31))                                                     \
        X(shf_r_clamp, 'r', VALUES_INTEGER, "shf.r.clamp.b32 r4, r0, r1, r2;",                  \
                funnel_right(a, b, CLAMP32(c)))

#define MOVES(X)                                                                               \
        X(mov_b64, 'd', VALUES_INTEGER, "mov.b64 d4, d0;", a)                                  \
        X(mov_pack_2, 'd', VALUES_INTEGER, "mov.b64 d4, {r0, r1};", U32(a) | b << 32)          \
        X(mov_pack_4, 'd', VALUES_INTEGER, "mov.b64 d4, {h0, h1, h2, h3};",                    \
                U16(a) | (uint64_t)U16(b) << 16 | (uint64_t)U16(c) << 32 | d << 48)            \
        X(mov_pack_h, 'r', VALUES_INTEGER, "mov.b32 r4, {h0, h1};", U32(U16(a) | b << 16))     \
        X(mov_unpack, 'r', VALUES_INTEGER, "mov.b64 {r5, r4}, d0;", a >> 32)                   \
        X(mov_unpack_h, 'h', VALUES_INTEGER, "mov.b64 {h5, h6, h4, h7}, d0;", U16(a >> 32))    \
        X(mov_negative, 'r', VALUES_INTEGER, "mov.s32 r4, -5;", U32(-5))                       \
        X(mov_hex, 'd', VALUES_INTEGER, "mov.u64 d4, 0xfedcba9876543210;", 0xfedcba9876543210) \
        X(mov_binary, 'r', VALUES_INTEGER, "mov.u32 r4, 0b1011;", 11)                          \
        X(mov_octal, 'r', VALUES_INTEGER, "mov.u32 r4, 017;", 15)                              \
        X(mov_expression, 'r', VALUES_INTEGER, "mov.u32 r4, (2 + 3) * 4 - 1;", 19)             \
        X(mov_f32, 'f', VALUES_INTEGER, "mov.f32 f4, 0f40490FDB;", 0x40490fdb)                 \
        X(mov_decimal, 'f', VALUES_INTEGER, "mov.f32 f4, -1.5;", 0xbfc00000)                   \
        X(mov_f64, 'g', VALUES_INTEGER, "mov.f64 g4, 0dC000000000000000;", 0xc000000000000000) \
        X(selp_u32, 'r', VALUES_INTEGER, "selp.u32 r4, r0, r1, p2;", c & 1 ? U32(a) : U32(b))  \
        X(selp_f64, 'g', VALUES_INTEGER, "selp.f64 g4, g0, g1, p2;", c & 1 ? a : b)            \
        X(slct_s32, 'r', VALUES_INTEGER, "slct.u32.s32 r4, r0, r1, r2;",                       \
                S32(c) >= 0 ? U32(a) : U32(b))                                                 \
        X(slct_f32, 'd', VALUES_F32, "slct.u64.f32 d4, d0, d1, f2;", as_f32(c) >= 0 ? a : b)   \
        X(guard, 'r', VALUES_INTEGER, "mov.u32 r4, r1; @p0 mov.u32 r4, r2;",                   \
                a & 1 ? U32(c) : U32(b))                                                       \
        X(guard_not, 'r', VALUES_INTEGER, "mov.u32 r4, r1; @!p0 mov.u32 r4, r2;",              \
                a & 1 ? U32(b) : U32(c))

#define COMPARISONS(X)                                                                   \
        X(setp_eq_u16, 'p', VALUES_INTEGER, "setp.eq.u16 p4, h0, h1;", U16(a) == U16(b)) \
        X(setp_ne_b32, 'p', VALUES_INTEGER, "setp.ne.b32 p4, r0, r1;", U32(a) != U32(b)) \
        X(setp_lt_u32, 'p', VALUES_INTEGER, "setp.lt.u32 p4, r0, r1;", U32(a) < U32(b))  \
        X(setp_lo_u64, 'p', VALUES_INTEGER, "setp.lo.u64 p4, d0, d1;", a < b)            \
        X(setp_ls_u32, 'p', VALUES_INTEGER, "setp.ls.u32 p4, r0, r1;", U32(a) <= U32(b)) \
        X(setp_hi_u16, 'p', VALUES_INTEGER, "setp.hi.u16 p4, h0, h1;", U16(a) > U16(b))  \
        X(setp_hs_u64, 'p', VALUES_INTEGER, "setp.hs.u64 p4, d0, d1;", a >= b)           \
        X(setp_lt_s16, 'p', VALUES_INTEGER, "setp.lt.s16 p4, h0, h1;", S16(a) < S16(b))  \
        X(setp_le_s32, 'p', VALUES_INTEGER, "setp.le.s32 p4, r0, r1;", S32(a) <= S32(b)) \
        X(setp_gt_s64, 'p', VALUES_INTEGER, "setp.gt.s64 p4, d0, d1;", S64(a) > S64(b))  \
        X(setp_ge_s16, 'p', VALUES_INTEGER, "setp.ge.s16 p4, h0, h1;", S16(a) >= S16(b)) \
        X(setp_and, 'p', VALUES_INTEGER, "setp.lt.and.s32 p4, r0, r1, p2;",              \
                S32(a) < S32(b) && c & 1)                                                \
        X(setp_or_not, 'p', VALUES_INTEGER, "setp.lt.or.s32 p4, r0, r1, !p2;",           \
                S32(a) < S32(b) || !(c & 1))                                             \
        X(setp_opposite, 'p', VALUES_INTEGER, "setp.lt.xor.u32 p5|p4, r0, r1, p2;",      \
                (U32(a) >= U32(b)) != (c & 1))                                           \
        X(set_u32, 'r', VALUES_INTEGER, "set.lt.u32.s32 r4, r0, r1;",                    \
                S32(a) < S32(b) ? UINT32_MAX : 0)                                        \
        X(set_f32, 'f', VALUES_INTEGER, "set.ge.f32.u32 f4, r0, r1;",                    \
                U32(a) >= U32(b) ? 0x3f800000 : 0)

/* Conversions between integers; what a register is wider than its value is filled. */
#define CONVERSIONS(X)                                                                    \
        X(cvt_u64_u32, 'd', VALUES_INTEGER, "cvt.u64.u32 d4, r0;", U32(a))                \
        X(cvt_s64_s32, 'd', VALUES_INTEGER, "cvt.s64.s32 d4, r0;", S32(a))                \
        X(cvt_s32_s8, 'r', VALUES_INTEGER, "cvt.s32.s8 r4, r0;", U32((int8_t)a))          \
        X(cvt_u32_u8, 'r', VALUES_INTEGER, "cvt.u32.u8 r4, h0;", (uint8_t)a)              \
        X(cvt_s8_s32, 'r', VALUES_INTEGER, "cvt.s8.s32 r4, r0;", U32((int8_t)a))          \
        X(cvt_u16_s64, 'h', VALUES_INTEGER, "cvt.u16.s64 h4, d0;", U16(a))                \
        X(cvt_s16_u32, 'r', VALUES_INTEGER, "cvt.s16.u32 r4, r0;", U32(S16(a)))           \
        X(cvt_sat_s8, 'r', VALUES_INTEGER, "cvt.sat.s8.s32 r4, r0;",                      \
                U32(S32(a) > 127        ? 127                                             \
                        : S32(a) < -128 ? -128                                            \
                                        : S32(a)))                                        \
        X(cvt_sat_u8, 'r', VALUES_INTEGER, "cvt.sat.u8.s32 r4, r0;",                      \
                S32(a) > 255 ? 255                                                        \
                : S32(a) < 0 ? 0                                                          \
                             : U32(a))                                                    \
        X(cvt_sat_s32, 'r', VALUES_INTEGER, "cvt.sat.s32.s64 r4, d0;", saturated(S64(a))) \
        X(cvt_sat_u32_s32, 'r', VALUES_INTEGER, "cvt.sat.u32.s32 r4, r0;",                \
                S32(a) < 0 ? 0 : U32(a))                                                  \
        X(cvt_sat_s64_u64, 'd', VALUES_INTEGER, "cvt.sat.s64.u64 d4, d0;",                \
                a > INT64_MAX ? INT64_MAX : a)                                            \
        X(cvt_pack_u8, 'r', VALUES_INTEGER, "cvt.pack.sat.u8.s32.b32 r4, r0, r1, r2;",    \
                U32(c << 16) |                                                            \
                        (S32(a) > 255        ? 255u                                       \
                                : S32(a) < 0 ? 0                                          \
                                             : U32(a))                                    \
                                << 8 |                                                    \
                        (S32(b) > 255        ? 255u                                       \
                                : S32(b) < 0 ? 0                                          \
                                             : U32(b)))

#define ROWS(X) ARITHMETIC(X) BITS(X) MOVES(X) COMPARISONS(X) CONVERSIONS(X)

ROWS(ROW_FUNCTION)

static const struct row rows[] = { ROWS(ROW_ENTRY) };

int main(void)
{
        return run_rows(rows, sizeof(rows) / sizeof(rows[0]));
}
