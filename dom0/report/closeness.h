/*
 * How far apart two runs' bytes of one output are, as elements of the type that its expectation
 * has. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "jobs/element.h"

/* The pair that is furthest apart. */
struct closeness_worst {
        uint64_t index;
        union element a, b;
        double error; /* |a - b|; NaN when one of them is */
};

struct closeness {
        enum element_type type;
        double tolerance;
        uint64_t elements;            /* that were looked at */
        uint64_t different;           /* that are not the same */
        uint64_t off;                 /* that the tolerance does not allow */
        struct closeness_worst worst; /* when `different` is not 0 */
        double worst_share;           /* its error, as the tolerance counts it */
};

/*
 * Two results that are each as close to one reference as `tolerance_a` and `tolerance_b` allow are
 * at most the sum of both apart; so that is what is allowed here. Reals a and b are close when
 * |a - b| <= tolerance * max(1, |a|, |b|), integers when |a - b| <= tolerance. NaN is close to
 * nothing but NaN of the same bits, an infinity to itself.
 */
struct closeness closeness_begin(enum element_type type, double tolerance_a, double tolerance_b);

/* The next `elements` of both. */
void closeness_add(
        struct closeness *closeness, const uint8_t *a, const uint8_t *b, uint64_t elements);
