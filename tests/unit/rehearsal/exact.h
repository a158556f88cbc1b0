/*
 * What IEEE arithmetic must give, found without the arithmetic under test: a candidate of the
 * format is compared with the exact value, and the neighbours decide.
 */
#pragma once

#include <stdint.h>

enum mode { NEAREST, ZERO, DOWN, UP };

/* The bits of a binary format: mantissa bits behind the point, exponent bits. */
struct binary {
        int mantissa, exponent;
};

extern const struct binary half, brain, single, twice; /* f16, bf16, f32, f64 */

/* sum + rest, exactly; infinities and NaN are in `sum`. */
struct exact {
        __float128 sum, rest;
};

struct exact exact_of(__float128 value);
struct exact exact_sum(__float128 a, __float128 b);

/*
 * The bits of the format's number that the exact value rounds to. A zero takes its sign from the
 * sum. NaN gives `nan`.
 */
uint64_t exact_round(struct exact value, struct binary format, enum mode mode, uint64_t nan);

/* Quotient and square root, which are not exact: only how they compare with a candidate is. */
uint64_t exact_divide(double a, double b, struct binary format, enum mode mode, uint64_t nan);
uint64_t exact_root(double a, struct binary format, enum mode mode, uint64_t nan);

/* The value of a format's bits. */
__float128 exact_value(uint64_t bits, struct binary format);
