/* The operations of floating-point arithmetic, and what holds of them in every width. */
#pragma once

#include <math.h>

#include "rehearsal/base/program.h"

enum operation { ADD, SUB, MUL, FMA, DIV, SQRT, RCP, MIN, MAX, ABS, NEG };

/* IEEE 754-2008's minNum, with -0 below +0. */
static inline double lower(double a, double b)
{
        if (a != a || b != b)
                return a != a ? b : a;
        if (a == b)
                return signbit(a) ? a : b;
        return a < b ? a : b;
}

static inline double higher(double a, double b)
{
        if (a != a || b != b)
                return a != a ? b : a;
        if (a == b)
                return signbit(a) ? b : a;
        return a > b ? a : b;
}

/* min and max take the number where the other operand is NaN, unless .NaN is given. */
static inline bool must_be_nan(enum operation operation, unsigned flags, bool a_nan, bool b_nan)
{
        return (operation == MIN || operation == MAX) &&
               (flags & FLAG_NAN ? a_nan || b_nan : a_nan && b_nan);
}
