/* setp and set (PTX ISA, 9.7.6 and 9.7.7). */
#include "rehearsal/execute/compare.h"

#include <string.h>

#include "rehearsal/execute/half.h"
#include "rehearsal/execute/thread.h"
#include "rehearsal/execute/values.h"

#define DEFINE(name, value_t, convert, expression)                      \
        static bool name(uint64_t a_bits, uint64_t b_bits)              \
        {                                                               \
                const value_t a = convert(a_bits), b = convert(b_bits); \
                                                                        \
                return expression;                                      \
        }

#define TO_U64(x) (x)
#define TO_S16(x) ((int16_t)(x))
#define TO_S32(x) ((int32_t)(x))
#define TO_S64(x) ((int64_t)(x))

/* Slots are zero-extended, so one unsigned comparison serves every width. */
DEFINE(eq_u, uint64_t, TO_U64, a == b)
DEFINE(ne_u, uint64_t, TO_U64, a != b)
DEFINE(lt_u, uint64_t, TO_U64, a < b)
DEFINE(le_u, uint64_t, TO_U64, a <= b)
DEFINE(gt_u, uint64_t, TO_U64, a > b)
DEFINE(ge_u, uint64_t, TO_U64, a >= b)

#define DEFINE_SIGNED(suffix, value_t, convert)       \
        DEFINE(lt_##suffix, value_t, convert, a < b)  \
        DEFINE(le_##suffix, value_t, convert, a <= b) \
        DEFINE(gt_##suffix, value_t, convert, a > b)  \
        DEFINE(ge_##suffix, value_t, convert, a >= b)

DEFINE_SIGNED(s16, int16_t, TO_S16)
DEFINE_SIGNED(s32, int32_t, TO_S32)
DEFINE_SIGNED(s64, int64_t, TO_S64)

/* With a NaN the ordered comparisons are false and the unordered ones ("u") true. */
#define DEFINE_FLOAT(suffix, value_t, convert)                    \
        DEFINE(eq_##suffix, value_t, convert, a == b)             \
        DEFINE(ne_##suffix, value_t, convert, a<b || a> b)        \
        DEFINE(lt_##suffix, value_t, convert, a < b)              \
        DEFINE(le_##suffix, value_t, convert, a <= b)             \
        DEFINE(gt_##suffix, value_t, convert, a > b)              \
        DEFINE(ge_##suffix, value_t, convert, a >= b)             \
        DEFINE(equ_##suffix, value_t, convert, !(a < b || a > b)) \
        DEFINE(neu_##suffix, value_t, convert, !(a == b))         \
        DEFINE(ltu_##suffix, value_t, convert, !(a >= b))         \
        DEFINE(leu_##suffix, value_t, convert, !(a > b))          \
        DEFINE(gtu_##suffix, value_t, convert, !(a <= b))         \
        DEFINE(geu_##suffix, value_t, convert, !(a < b))          \
        DEFINE(num_##suffix, value_t, convert, a == a && b == b)  \
        DEFINE(nan_##suffix, value_t, convert, a != a || b != b)

DEFINE_FLOAT(f16, float, half_to)
DEFINE_FLOAT(bf16, float, brain_to)
DEFINE_FLOAT(f32, float, f32_of)
DEFINE_FLOAT(f64, double, f64_of)

enum family { UNSIGNED, S16, S32, S64, F16, BF16, F32, F64, FAMILIES };

static const struct {
        const char *name;
        compare_fn *compare[FAMILIES];
} comparisons[] = {
        { "eq", { eq_u, eq_u, eq_u, eq_u, eq_f16, eq_bf16, eq_f32, eq_f64 } },
        { "ne", { ne_u, ne_u, ne_u, ne_u, ne_f16, ne_bf16, ne_f32, ne_f64 } },
        { "lt", { lt_u, lt_s16, lt_s32, lt_s64, lt_f16, lt_bf16, lt_f32, lt_f64 } },
        { "le", { le_u, le_s16, le_s32, le_s64, le_f16, le_bf16, le_f32, le_f64 } },
        { "gt", { gt_u, gt_s16, gt_s32, gt_s64, gt_f16, gt_bf16, gt_f32, gt_f64 } },
        { "ge", { ge_u, ge_s16, ge_s32, ge_s64, ge_f16, ge_bf16, ge_f32, ge_f64 } },
        { "lo", { lt_u } },
        { "ls", { le_u } },
        { "hi", { gt_u } },
        { "hs", { ge_u } },
        { "equ", { [F16] = equ_f16, equ_bf16, equ_f32, equ_f64 } },
        { "neu", { [F16] = neu_f16, neu_bf16, neu_f32, neu_f64 } },
        { "ltu", { [F16] = ltu_f16, ltu_bf16, ltu_f32, ltu_f64 } },
        { "leu", { [F16] = leu_f16, leu_bf16, leu_f32, leu_f64 } },
        { "gtu", { [F16] = gtu_f16, gtu_bf16, gtu_f32, gtu_f64 } },
        { "geu", { [F16] = geu_f16, geu_bf16, geu_f32, geu_f64 } },
        { "num", { [F16] = num_f16, num_bf16, num_f32, num_f64 } },
        { "nan", { [F16] = nan_f16, nan_bf16, nan_f32, nan_f64 } },
};

static enum family family_of(enum ptx_type type)
{
        switch (type) {
        case TYPE_S16:
                return S16;
        case TYPE_S32:
                return S32;
        case TYPE_S64:
                return S64;
        case TYPE_F16:
                return F16;
        case TYPE_BF16:
                return BF16;
        case TYPE_F32:
                return F32;
        case TYPE_F64:
                return F64;
        case TYPE_U16:
        case TYPE_U32:
        case TYPE_U64:
        case TYPE_B16:
        case TYPE_B32:
        case TYPE_B64:
                return UNSIGNED;
        default:
                return FAMILIES;
        }
}

compare_fn *compare_find(const char *name, size_t length, enum ptx_type type)
{
        enum family family = family_of(type);

        for (size_t i = 0; family < FAMILIES && i < sizeof(comparisons) / sizeof(comparisons[0]);
                i++) {
                if (strlen(comparisons[i].name) == length &&
                        memcmp(comparisons[i].name, name, length) == 0 &&
                        !(type_is_bits(type) && i > 1))
                        return comparisons[i].compare[family];
        }
        return NULL;
}

/* --- instructions --- */

#define DEFINE_EXECUTE(name)                                                    \
        static bool setp_##name(struct thread *thread, const struct insn *insn) \
        {                                                                       \
                uint64_t *slots = thread->slots;                                \
                                                                                \
                slots[insn->d] = name(slots[insn->a], slots[insn->b]);          \
                return false;                                                   \
        }

DEFINE_EXECUTE(eq_u)
DEFINE_EXECUTE(ne_u)
DEFINE_EXECUTE(lt_u)
DEFINE_EXECUTE(le_u)
DEFINE_EXECUTE(gt_u)
DEFINE_EXECUTE(ge_u)
DEFINE_EXECUTE(lt_s32)
DEFINE_EXECUTE(le_s32)
DEFINE_EXECUTE(gt_s32)
DEFINE_EXECUTE(ge_s32)

execute_fn *compare_execute(compare_fn *compare)
{
        static const struct {
                compare_fn *compare;
                execute_fn *execute;
        } common[] = {
                { eq_u, setp_eq_u },
                { ne_u, setp_ne_u },
                { lt_u, setp_lt_u },
                { le_u, setp_le_u },
                { gt_u, setp_gt_u },
                { ge_u, setp_ge_u },
                { lt_s32, setp_lt_s32 },
                { le_s32, setp_le_s32 },
                { gt_s32, setp_gt_s32 },
                { ge_s32, setp_ge_s32 },
        };

        for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
                if (common[i].compare == compare)
                        return common[i].execute;
        }
        return NULL;
}

/* Subnormals compare as zeros with .ftz; only f32 and f16 have it. */
static uint64_t flush(uint64_t bits, const struct insn *insn)
{
        if (!(insn->flags & FLAG_FTZ))
                return bits;
        if (insn->from == TYPE_F32)
                return bits & 0x7f800000 ? bits : bits & 0x80000000;
        return bits & 0x7c00 ? bits : bits & 0x8000;
}

static bool compare(const struct thread *thread, const struct insn *insn)
{
        return insn->compare(
                flush(thread->slots[insn->a], insn), flush(thread->slots[insn->b], insn));
}

bool execute_setp(struct thread *thread, const struct insn *insn)
{
        thread->slots[insn->d] = compare(thread, insn);
        return false;
}

static bool combine(unsigned how, bool a, bool b)
{
        return how == 1 ? a && b : how == 2 ? a || b : how == 3 ? a != b : a;
}

/* setp.lt.and p|q, a, b, c: p = (a < b) and c, q = !(a < b) and c; list: q, c. */
bool execute_setp_bool(struct thread *thread, const struct insn *insn)
{
        uint64_t *slots = thread->slots;
        bool result = compare(thread, insn), c = slots[insn->list[1]] & 1;

        slots[insn->d] = combine(insn->detail, result, c);
        slots[insn->list[0]] = combine(insn->detail, !result, c);
        return false;
}

/* set.lt.u32.f32: all ones, or 1.0 of the result's type; list[1]: c. */
bool execute_set(struct thread *thread, const struct insn *insn)
{
        uint64_t *slots = thread->slots;
        bool result = combine(insn->detail, compare(thread, insn), slots[insn->list[1]] & 1);
        uint64_t truth = type_mask((enum ptx_type)insn->type);

        if (insn->type == TYPE_F32)
                truth = 0x3f800000;
        else if (insn->type == TYPE_F16)
                truth = 0x3c00;
        else if (insn->type == TYPE_BF16)
                truth = 0x3f80;
        slots[insn->d] = result ? truth : 0;
        return false;
}

/* --- two halves at once --- */

static void compare_pair(
        const struct thread *thread, const struct insn *insn, bool *ret_low, bool *ret_high)
{
        uint64_t a = thread->slots[insn->a], b = thread->slots[insn->b];

        *ret_low = insn->compare(flush(a & 0xffff, insn), flush(b & 0xffff, insn));
        *ret_high = insn->compare(flush(a >> 16, insn), flush(b >> 16, insn));
}

/* setp.lt.f16x2 p|q: p is of the lower halves, q of the upper ones. */
bool execute_setp_pair(struct thread *thread, const struct insn *insn)
{
        uint64_t *slots = thread->slots;
        bool low, high, c = slots[insn->list[1]] & 1;

        compare_pair(thread, insn, &low, &high);
        slots[insn->d] = combine(insn->detail, low, c);
        slots[insn->list[0]] = combine(insn->detail, high, c);
        return false;
}

/* set.lt.f16x2.f16x2: 1.0 in each half; set.lt.u32.f16x2: ones in each half. */
bool execute_set_pair(struct thread *thread, const struct insn *insn)
{
        uint64_t *slots = thread->slots;
        uint64_t truth = insn->type == TYPE_F16X2    ? 0x3c00
                         : insn->type == TYPE_BF16X2 ? 0x3f80
                                                     : 0xffff;
        bool low, high, c = slots[insn->list[1]] & 1;

        compare_pair(thread, insn, &low, &high);
        slots[insn->d] = (combine(insn->detail, low, c) ? truth : 0) |
                         (combine(insn->detail, high, c) ? truth << 16 : 0);
        return false;
}
