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

void compare_elements(enum element_type type, double tolerance, const void *expected,
        const void *found, uint64_t elements, struct comparison *ret_comparison)
{
        struct comparison comparison = { .elements = elements };
        enum element_class class = element_class(type);
        size_t bytes = element_bytes(type);
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
                if (miss > furthest) {
                        furthest = miss;
                        comparison.worst = pair;
                }
        }
        *ret_comparison = comparison;
}

bool compare_is_poison(const void *bytes, uint64_t length)
{
        const uint32_t poison = POISON_WORD;
        const unsigned char *at = bytes;

        for (uint64_t i = 0; i < length && i < sizeof(poison); i++) {
                if (at[i] != (poison >> 8 * i & 0xff))
                        return false;
        }
        return length <= sizeof(poison) ||
               memcmp(at, at + sizeof(poison), length - sizeof(poison)) == 0;
}
