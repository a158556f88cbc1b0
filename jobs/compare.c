#include "jobs/compare.h"

#include <math.h>
#include <string.h>

/* Fills the error of one pair; returns how far off it is, or a negative number when it matches. */
static double miss_of_reals(double tolerance, struct worst *pair)
{
        double expected = pair->expected.real, found = pair->found.real, relative;

        pair->error = fabs(found - expected);
        if (isnan(expected) || isnan(found))
                return INFINITY;
        if (found == expected)
                return -1;
        if (isinf(expected) || isinf(found)) {
                pair->error = INFINITY;
                return INFINITY;
        }
        relative = pair->error / fmax(1, fabs(expected));
        return relative <= tolerance ? -1 : relative;
}

static double miss_of_integers(enum element_class class, double tolerance, struct worst *pair)
{
        uint64_t expected = pair->expected.u, found = pair->found.u;
        bool less = class == ELEMENT_SIGNED ? pair->found.i < pair->expected.i : found < expected;

        pair->difference = less ? expected - found : found - expected;
        if (tolerance >= 0x1p64 || pair->difference <= (uint64_t)tolerance)
                return -1;
        return (double)pair->difference;
}

static unsigned char poison_at(uint64_t offset)
{
        return (unsigned char)(POISON_WORD >> 8 * (offset % sizeof(uint32_t)));
}

/* Whether these bytes, at that offset of a poisoned buffer, are as they were. */
static bool holds_poison(const char *bytes, uint64_t offset, size_t length)
{
        for (size_t i = 0; i < length; i++) {
                if ((unsigned char)bytes[i] != poison_at(offset + i))
                        return false;
        }
        return true;
}

void compare_elements(enum element_type type, double tolerance, const void *expected,
        const void *found, uint64_t elements, bool poisoned, struct comparison *ret_comparison)
{
        struct comparison comparison = { .elements = elements };
        enum element_class class = element_class(type);
        size_t bytes = element_bytes(type);
        /* As a small integer the pattern is a likely result. */
        bool telling = poisoned && (class == ELEMENT_REAL || bytes >= sizeof(uint32_t));
        const char *want = expected, *have = found;
        double furthest = -1;

        for (uint64_t i = 0; i < elements; i++, want += bytes, have += bytes) {
                struct worst pair = {
                        .index = i,
                        .expected = element_load(type, want),
                        .found = element_load(type, have),
                };
                double miss = class == ELEMENT_REAL ? miss_of_reals(tolerance, &pair)
                                                    : miss_of_integers(class, tolerance, &pair);

                if (miss < 0)
                        continue;
                comparison.mismatches++;
                if (telling && holds_poison(have, i * bytes, bytes)) {
                        if (comparison.untouched++ == 0)
                                comparison.first_untouched = i;
                } else if (miss > furthest) {
                        furthest = miss;
                        comparison.worst = pair;
                }
        }
        *ret_comparison = comparison;
}

bool compare_is_poison(const void *bytes, uint64_t length)
{
        const size_t word = sizeof(uint32_t);
        const char *at = bytes;

        return holds_poison(at, 0, length < word ? (size_t)length : word) &&
               (length <= word || memcmp(at, at + word, length - word) == 0);
}
