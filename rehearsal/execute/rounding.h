/* Rounding as the host does it; who includes this is compiled with -frounding-math. */
#pragma once

#include <fenv.h>
#include <math.h>

#include "rehearsal/base/program.h"

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
