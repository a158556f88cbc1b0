#include "dom0/fleet/robust.h"

#include <math.h>
#include <stdlib.h>

#include "dom0/base/memory.h"
#include "lib/cleanup.h"

/* What makes both comparable to the standard deviation of a normal distribution. */
#define OF_MEDIAN_DEVIATION 1.4826
#define OF_MEAN_DEVIATION   1.2533

static int compare(const void *one, const void *other)
{
        const double *a = one, *b = other;

        return (*a > *b) - (*a < *b);
}

/* Of sorted values. */
static double median_of(const double *values, size_t count)
{
        return count % 2 ? values[count / 2] : values[count / 2 - 1] / 2 + values[count / 2] / 2;
}

static double spread_of(const double *values, size_t count, double median)
{
        _cleanup_free_ double *deviations = memory_get(count * sizeof(*deviations));
        double middle, sum = 0;

        for (size_t i = 0; i < count; i++) {
                deviations[i] = fabs(values[i] - median);
                sum += deviations[i] / (double)count;
        }
        qsort(deviations, count, sizeof(*deviations), compare);
        middle = median_of(deviations, count);
        return middle > 0 ? OF_MEDIAN_DEVIATION * middle : OF_MEAN_DEVIATION * sum;
}

struct robust robust_of(double *values, size_t count)
{
        struct robust robust = { .count = count };

        if (count == 0)
                return robust;
        qsort(values, count, sizeof(*values), compare);
        robust.low = values[0];
        robust.high = values[count - 1];
        robust.median = median_of(values, count);
        robust.spread = spread_of(values, count, robust.median);
        return robust;
}

double robust_distance(const struct robust *robust, double value, double least)
{
        double spread = robust->spread > least ? robust->spread : least;

        return value == robust->median ? 0 : (value - robust->median) / spread;
}
