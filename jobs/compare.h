/* Compares a result with what was expected. Pure. */
#pragma once

#include "jobs/element.h"

/* The element that is furthest off, among those that do not match. */
struct worst {
        uint64_t index;
        union element expected, found;
        double error;        /* reals: |found - expected|; NaN when one of them is */
        uint64_t difference; /* integers: the same, exactly */
};

struct comparison {
        uint64_t elements;
        uint64_t mismatches;
        uint64_t untouched; /* those of them that still hold what the buffer was filled with */
        uint64_t first_untouched; /* its index, when untouched is not 0 */
        struct worst worst;       /* when there are more mismatches than untouched: of the others */
};

/*
 * Compares `elements` elements. A real matches when it equals the expected one or when
 * |found - expected| <= tolerance * max(1, |expected|); NaN never matches, not even NaN, and an
 * infinity only itself. An integer matches when |found - expected| <= tolerance.
 * "Furthest off" is by that error over max(1, |expected|); the first one where several are.
 * Only when the buffer was `poisoned` (below), elements can be untouched: reals, and integers of 32
 * bits or more, among whose results the pattern is not likely.
 */
void compare_elements(enum element_type type, double tolerance, const void *expected,
        const void *found, uint64_t elements, bool poisoned, struct comparison *ret_comparison);

/*
 * The bytes that a buffer is filled with before the kernel runs. They are a NaN as f16, bf16, f32
 * and f64, so that an element that was never written cannot be within a tolerance.
 */
#define POISON_WORD 0xfff5fff5u

/* Whether all `length` bytes (at least 1) are still what the buffer was filled with. */
bool compare_is_poison(const void *bytes, uint64_t length);
