#include "dom0/report/closeness.h"

#include <math.h>
#include <string.h>

struct closeness closeness_begin(enum element_type type, double tolerance_a, double tolerance_b)
{
        return (struct closeness){
                .type = type,
                .tolerance = tolerance_a + tolerance_b,
        };
}

/* |a - b| of integers: exact, but for what a double cannot hold. */
static double distance(enum element_class class, union element a, union element b)
{
        if (class == ELEMENT_REAL)
                return fabs(a.real - b.real);
        if (class == ELEMENT_UNSIGNED)
                return (double)(a.u > b.u ? a.u - b.u : b.u - a.u);
        return (double)(a.i > b.i ? (uint64_t)a.i - (uint64_t)b.i : (uint64_t)b.i - (uint64_t)a.i);
}

/* The distance as the tolerance counts it; infinite where no tolerance is enough. */
static double share_of(enum element_class class, union element a, union element b, double error)
{
        double scale = 1;

        if (class != ELEMENT_REAL)
                return error;
        if (!isfinite(a.real) || !isfinite(b.real))
                return INFINITY;
        scale = fmax(scale, fmax(fabs(a.real), fabs(b.real)));
        /* Two large numbers of opposite sign can be further apart than a double can say. */
        return isfinite(error) ? error / scale : fabs(a.real / scale - b.real / scale);
}

static void take_pair(struct closeness *closeness, const uint8_t *at_a, const uint8_t *at_b)
{
        enum element_class class = element_class(closeness->type);
        union element a = element_load(closeness->type, at_a);
        union element b = element_load(closeness->type, at_b);
        double error = distance(class, a, b), share = share_of(class, a, b, error);

        if (class == ELEMENT_REAL && a.real == b.real)
                return; /* 0 and -0 */
        if (share > closeness->tolerance)
                closeness->off++;
        if (closeness->different++ > 0 && share <= closeness->worst_share)
                return;
        closeness->worst = (struct closeness_worst){ closeness->elements, a, b, error };
        closeness->worst_share = share;
}

void closeness_add(
        struct closeness *closeness, const uint8_t *a, const uint8_t *b, uint64_t elements)
{
        size_t bytes = element_bytes(closeness->type);

        for (uint64_t i = 0; i < elements; i++, a += bytes, b += bytes) {
                if (memcmp(a, b, bytes) != 0)
                        take_pair(closeness, a, b);
                closeness->elements++;
        }
}
