/*
 * Floating-point arithmetic (PTX ISA, 9.7.3 and 9.7.4). The host's IEEE arithmetic does the work,
 * under the host's rounding mode where the instruction names one: this file is compiled with
 * -frounding-math, and operands go through volatile so that no operation leaves its mode.
 */
#include "rehearsal/execute/float.h"

#include <fenv.h>
#include <math.h>

#include "rehearsal/execute/float_half.h"
#include "rehearsal/execute/rounding.h"
#include "rehearsal/execute/thread.h"
#include "rehearsal/execute/values.h"

/* --- the commonest: nearest, subnormals kept --- */

#define DEFINE_PLAIN(name, expression32, expression64)                                            \
        static bool name##_f32(struct thread *thread, const struct insn *insn)                    \
        {                                                                                         \
                uint64_t *slots = thread->slots;                                                  \
                const float a = f32_of(slots[insn->a]), b = f32_of(slots[insn->b]);               \
                const float c = f32_of(slots[insn->c]);                                           \
                                                                                                  \
                (void)b;                                                                          \
                (void)c;                                                                          \
                slots[insn->d] = f32_result(expression32);                                        \
                return false;                                                                     \
        }                                                                                         \
        static bool name##_f64(struct thread *thread, const struct insn *insn)                    \
        {                                                                                         \
                uint64_t *slots = thread->slots;                                                  \
                const double a = f64_of(slots[insn->a]), b = f64_of(slots[insn->b]);              \
                const double c = f64_of(slots[insn->c]);                                          \
                                                                                                  \
                (void)b;                                                                          \
                (void)c;                                                                          \
                slots[insn->d] =                                                                  \
                        f64_result(expression64, slots[insn->a], slots[insn->b], slots[insn->c]); \
                return false;                                                                     \
        }                                                                                         \
        execute_table plain_##name = { [TYPE_F32] = name##_f32, [TYPE_F64] = name##_f64 };

static bool is_f64_nan(uint64_t bits)
{
        return (bits << 1) > UINT64_C(0xffe0000000000000);
}

/* An f64 NaN keeps its payload, quieted. Which of several wins is the hardware's habit: the second
 * operand, then the third, then the first. */
static uint64_t f64_result(double value, uint64_t a, uint64_t b, uint64_t c)
{
        const uint64_t quiet = UINT64_C(0x0008000000000000);

        if (value == value)
                return f64_bits(value);
        if (is_f64_nan(b))
                return b | quiet;
        if (is_f64_nan(c))
                return c | quiet;
        return is_f64_nan(a) ? a | quiet : UINT64_C(0xfff8000000000000);
}

DEFINE_PLAIN(add, a + b, a + b)
DEFINE_PLAIN(sub, a - b, a - b)
DEFINE_PLAIN(mul, a *b, a *b)
DEFINE_PLAIN(fma, fmaf(a, b, c), fma(a, b, c))
DEFINE_PLAIN(neg, -a, -a)

/* --- with rounding, flushing and saturation --- */

static float compute_f32(
        enum operation operation, volatile float a, volatile float b, volatile float c)
{
        switch (operation) {
        case ADD:
                return a + b;
        case SUB:
                return a - b;
        case MUL:
                return a * b;
        case FMA:
                return fmaf(a, b, c);
        case DIV:
                return a / b;
        case SQRT:
                return sqrtf(a);
        case RCP:
                return 1.0f / a;
        case MIN:
                return (float)lower(a, b);
        case MAX:
                return (float)higher(a, b);
        case ABS:
                return fabsf(a);
        default:
                return -a;
        }
}

static double compute_f64(
        enum operation operation, volatile double a, volatile double b, volatile double c)
{
        switch (operation) {
        case ADD:
                return a + b;
        case SUB:
                return a - b;
        case MUL:
                return a * b;
        case FMA:
                return fma(a, b, c);
        case DIV:
                return a / b;
        case SQRT:
                return sqrt(a);
        case RCP:
                return 1.0 / a;
        case MIN:
                return lower(a, b);
        case MAX:
                return higher(a, b);
        case ABS:
                return fabs(a);
        default:
                return -a;
        }
}

static float rounded_f32(enum operation operation, float a, float b, float c, enum rounding round)
{
        int mode = host_rounding(round);
        volatile float result;

        if (mode == FE_TONEAREST)
                return compute_f32(operation, a, b, c);
        fesetround(mode);
        result = compute_f32(operation, a, b, c);
        fesetround(FE_TONEAREST);
        return result;
}

static double rounded_f64(
        enum operation operation, double a, double b, double c, enum rounding round)
{
        int mode = host_rounding(round);
        volatile double result;

        if (mode == FE_TONEAREST)
                return compute_f64(operation, a, b, c);
        fesetround(mode);
        result = compute_f64(operation, a, b, c);
        fesetround(FE_TONEAREST);
        return result;
}

static uint64_t flush(uint64_t bits, unsigned flags)
{
        return flags & FLAG_FTZ ? flushed_f32(bits) : bits;
}

static bool is_f32_nan(uint64_t bits)
{
        return (bits & 0x7fffffff) > 0x7f800000;
}

static float saturate_f32(float value)
{
        return value > 0 ? (value < 1 ? value : 1) : 0; /* NaN becomes +0 */
}

/* What the operation would give in double; exact where it matters, next to the smallest normal. */
static double compute_wide(enum operation operation, double a, double b, double c)
{
        switch (operation) {
        case MUL:
                return a * b;
        case FMA:
                return a * b + c;
        case DIV:
                return a / b;
        case RCP:
                return 1 / a;
        default:
                return 1; /* the others never round up to the smallest normal */
        }
}

static uint64_t flush_result(const struct insn *insn, enum operation operation, uint64_t bits,
        uint64_t a, uint64_t b, uint64_t c)
{
        bits = flush(bits, insn->flags);
        if (!(insn->flags & FLAG_FTZ) || (bits & 0x7fffffff) != 0x00800000)
                return bits;

        double exact = compute_wide(operation, f32_of(a), f32_of(b), f32_of(c));

        return was_tiny(exact, (enum rounding)insn->round) ? bits & 0x80000000 : bits;
}

static bool execute_f32(struct thread *thread, const struct insn *insn, enum operation operation)
{
        uint64_t *slots = thread->slots;
        const uint64_t a = flush(slots[insn->a], insn->flags);
        const uint64_t b = flush(slots[insn->b], insn->flags);
        const uint64_t c = flush(slots[insn->c], insn->flags);
        float result =
                rounded_f32(operation, f32_of(a), f32_of(b), f32_of(c), (enum rounding)insn->round);
        uint64_t bits;

        if (insn->flags & FLAG_SAT)
                result = saturate_f32(result);
        if (insn->flags & FLAG_RELU)
                result = result > 0 ? result : 0;
        bits = f32_result(result);
        if (must_be_nan(operation, insn->flags, is_f32_nan(a), is_f32_nan(b)))
                bits = F32_NAN;
        slots[insn->d] = flush_result(insn, operation, bits, a, b, c);
        return false;
}

/* The sign operations change a NaN's sign bit too, in f64. */
static bool execute_f64(struct thread *thread, const struct insn *insn, enum operation operation)
{
        uint64_t *slots = thread->slots;
        const uint64_t a = slots[insn->a], b = slots[insn->b], c = slots[insn->c];
        double result =
                rounded_f64(operation, f64_of(a), f64_of(b), f64_of(c), (enum rounding)insn->round);

        if (operation == DIV) /* done in software there, which looks at the dividend first */
                slots[insn->d] = f64_result(result, b, a, 0);
        else
                slots[insn->d] = f64_result(result, a, b, operation == FMA ? c : 0);
        return false;
}

/* --- all types of each operation --- */

#define DEFINE_FULL_32_64(name, operation)                                            \
        static bool full_##name##_f32(struct thread *thread, const struct insn *insn) \
        {                                                                             \
                return execute_f32(thread, insn, operation);                          \
        }                                                                             \
        static bool full_##name##_f64(struct thread *thread, const struct insn *insn) \
        {                                                                             \
                return execute_f64(thread, insn, operation);                          \
        }

#define DEFINE_FULL_HALF(name, operation)                                                \
        static bool full_##name##_f16(struct thread *thread, const struct insn *insn)    \
        {                                                                                \
                return execute_half(thread, insn, operation, false);                     \
        }                                                                                \
        static bool full_##name##_bf16(struct thread *thread, const struct insn *insn)   \
        {                                                                                \
                return execute_half(thread, insn, operation, true);                      \
        }                                                                                \
        static bool full_##name##_f16x2(struct thread *thread, const struct insn *insn)  \
        {                                                                                \
                return execute_halves(thread, insn, operation, false);                   \
        }                                                                                \
        static bool full_##name##_bf16x2(struct thread *thread, const struct insn *insn) \
        {                                                                                \
                return execute_halves(thread, insn, operation, true);                    \
        }

#define FULL_TABLE(name, operation)                   \
        DEFINE_FULL_32_64(name, operation)            \
        DEFINE_FULL_HALF(name, operation)             \
        execute_table full_##name = {                 \
                [TYPE_F32] = full_##name##_f32,       \
                [TYPE_F64] = full_##name##_f64,       \
                [TYPE_F16] = full_##name##_f16,       \
                [TYPE_BF16] = full_##name##_bf16,     \
                [TYPE_F16X2] = full_##name##_f16x2,   \
                [TYPE_BF16X2] = full_##name##_bf16x2, \
        };

FULL_TABLE(add, ADD)
FULL_TABLE(sub, SUB)
FULL_TABLE(mul, MUL)
FULL_TABLE(fma, FMA)
FULL_TABLE(min, MIN)
FULL_TABLE(max, MAX)
FULL_TABLE(abs, ABS)
FULL_TABLE(neg, NEG)

#define FULL_TABLE_32_64(name, operation)                                      \
        DEFINE_FULL_32_64(name, operation)                                     \
        execute_table full_##name = {                                          \
                [TYPE_F32] = full_##name##_f32, [TYPE_F64] = full_##name##_f64 \
        };

FULL_TABLE_32_64(div, DIV)
FULL_TABLE_32_64(sqrt, SQRT)
FULL_TABLE_32_64(rcp, RCP)

/* --- sign and class --- */

/* copysign d, a, b: the magnitude of b with the sign of a. */
static bool copysign_f32(struct thread *thread, const struct insn *insn)
{
        uint64_t *slots = thread->slots;

        slots[insn->d] = (slots[insn->b] & 0x7fffffff) | (slots[insn->a] & 0x80000000);
        return false;
}

static bool copysign_f64(struct thread *thread, const struct insn *insn)
{
        uint64_t *slots = thread->slots;
        const uint64_t sign = UINT64_C(1) << 63;

        slots[insn->d] = (slots[insn->b] & ~sign) | (slots[insn->a] & sign);
        return false;
}

execute_table table_copysign = { [TYPE_F32] = copysign_f32, [TYPE_F64] = copysign_f64 };

/* detail: finite, infinite, number, notanumber, normal, subnormal. */
static bool has_class(unsigned which, int class)
{
        switch (which) {
        case 0:
                return class != FP_NAN && class != FP_INFINITE;
        case 1:
                return class == FP_INFINITE;
        case 2:
                return class != FP_NAN;
        case 3:
                return class == FP_NAN;
        case 4:
                return class == FP_NORMAL || class == FP_ZERO; /* so it is defined */
        default:
                return class == FP_SUBNORMAL;
        }
}

static bool testp_f32(struct thread *thread, const struct insn *insn)
{
        float a = f32_of(thread->slots[insn->a]);

        thread->slots[insn->d] = has_class(insn->detail, fpclassify(a));
        return false;
}

static bool testp_f64(struct thread *thread, const struct insn *insn)
{
        double a = f64_of(thread->slots[insn->a]);

        thread->slots[insn->d] = has_class(insn->detail, fpclassify(a));
        return false;
}

execute_table table_testp = { [TYPE_F32] = testp_f32, [TYPE_F64] = testp_f64 };
