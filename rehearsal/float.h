/* What the files of floating-point operations share. They are compiled with -frounding-math. */
#ifndef FORESTAGE_REHEARSAL_FLOAT_H
#define FORESTAGE_REHEARSAL_FLOAT_H

#include <fenv.h>
#include <math.h>

#include "rehearsal/interpreter.h"

enum operation { ADD, SUB, MUL, FMA, DIV, SQRT, RCP, MIN, MAX, ABS, NEG };

/* The operation under the host's rounding mode of the moment. */
float compute_f32(enum operation operation, volatile float a, volatile float b, volatile float c);

/* f16 or bf16, one or two in a register: all of an instruction. */
bool execute_half(
        struct thread *thread, const struct insn *insn, enum operation operation, bool is_brain);
bool execute_halves(
        struct thread *thread, const struct insn *insn, enum operation operation, bool is_brain);

static inline int host_rounding(enum rounding round)
{
        switch (round) {
        case ROUND_ZERO:
                return FE_TOWARDZERO;
        case ROUND_DOWN:
                return FE_DOWNWARD;
        case ROUND_UP:
                return FE_UPWARD;
        default:
                return FE_TONEAREST;
        }
}

/* A subnormal f32 becomes a zero of the same sign. */
static inline uint64_t flushed_f32(uint64_t bits)
{
        return bits & 0x7f800000 ? bits : bits & 0x80000000;
}

/*
 * The hardware flushes what is below the smallest normal f32 when rounded as if the exponent had no
 * limit. The host has rounded with the limit, and so may have reached the smallest normal.
 */
static inline bool was_tiny(long double exact, enum rounding round)
{
        volatile long double scaled = exact * 0x1p64L;
        volatile float rounded;

        fesetround(host_rounding(round));
        rounded = (float)scaled;
        fesetround(FE_TONEAREST);
        return fabsf(rounded) < 0x1p-62f;
}

/* min and max take the number where the other operand is NaN, unless .NaN is given. */
static inline bool must_be_nan(enum operation operation, unsigned flags, bool a_nan, bool b_nan)
{
        return (operation == MIN || operation == MAX) &&
               (flags & FLAG_NAN ? a_nan || b_nan : a_nan && b_nan);
}

#endif
