/* f16 and bf16 arithmetic: in a wider format, in which one more rounding changes nothing. */
#include "rehearsal/execute/float_half.h"

#include "rehearsal/execute/half.h"
#include "rehearsal/execute/thread.h"
#include "rehearsal/execute/values.h"

static float to_single(uint64_t bits, bool is_brain)
{
        return is_brain ? brain_to(bits) : half_to(bits);
}

static uint32_t from_single(double value, bool is_brain)
{
        return is_brain ? brain_from_double(value) : half_from_double(value);
}

static uint64_t flush_half(uint64_t bits, unsigned flags)
{
        return flags & FLAG_FTZ && !(bits & 0x7c00) ? bits & 0x8000 : bits;
}

/* Sums and products of two halves are exact in double, or so far apart in their exponents that
 * rounding to odd is needed. */
static double compute_half(enum operation operation, float a, float b, float c)
{
        switch (operation) {
        case ADD:
                return sum_to_odd(a, b);
        case SUB:
                return sum_to_odd(a, -b);
        case MUL:
                return (double)a * b;
        case FMA:
                return sum_to_odd((double)a * b, c);
        case MIN:
                return lower(a, b);
        default:
                return higher(a, b);
        }
}

static uint32_t half_operation(const struct insn *insn, enum operation operation, uint32_t a,
        uint32_t b, uint32_t c, bool is_brain)
{
        unsigned flags = is_brain ? insn->flags & ~FLAG_FTZ : insn->flags;
        uint32_t bits;
        bool a_nan, b_nan;

        if (operation == ABS || operation == NEG) {
                bits = (uint32_t)flush_half(a, flags);
                if ((bits & 0x7fff) > (is_brain ? 0x7f80u : 0x7c00u))
                        return F16_NAN;
                return operation == ABS ? bits & 0x7fff : bits ^ 0x8000;
        }

        float x = to_single(flush_half(a, flags), is_brain);
        float y = to_single(flush_half(b, flags), is_brain);
        float z = to_single(flush_half(c, flags), is_brain);
        double result = compute_half(operation, x, y, z);

        a_nan = x != x;
        b_nan = y != y;
        if (flags & FLAG_SAT)
                result = result > 0 ? (result < 1 ? result : 1) : 0;
        if (flags & FLAG_RELU && !(result != result))
                result = result > 0 ? result : 0;
        bits = from_single(result, is_brain);
        if (must_be_nan(operation, flags, a_nan, b_nan))
                bits = F16_NAN;
        return (uint32_t)flush_half(bits, flags);
}

bool execute_half(
        struct thread *thread, const struct insn *insn, enum operation operation, bool is_brain)
{
        uint64_t *slots = thread->slots;

        slots[insn->d] = half_operation(insn, operation, (uint16_t)slots[insn->a],
                (uint16_t)slots[insn->b], (uint16_t)slots[insn->c], is_brain);
        return false;
}

bool execute_halves(
        struct thread *thread, const struct insn *insn, enum operation operation, bool is_brain)
{
        uint64_t *slots = thread->slots;
        const uint64_t a = slots[insn->a], b = slots[insn->b], c = slots[insn->c];
        uint64_t low =
                half_operation(insn, operation, (uint16_t)a, (uint16_t)b, (uint16_t)c, is_brain);
        uint64_t high = half_operation(insn, operation, (uint16_t)(a >> 16), (uint16_t)(b >> 16),
                (uint16_t)(c >> 16), is_brain);

        slots[insn->d] = low | high << 16;
        return false;
}
