#include "dom0/sheet/confidence.h"

#include <math.h>

#define ERROR 0.05
#define STEPS 60u /* of halving: to the last bit */

/* The chance that at least `found` of `planted` are found, if each is with the chance `p`. */
static double chance_of(size_t found, size_t planted, double p)
{
        double n = (double)planted, sum = 0;

        for (size_t i = found; i <= planted; i++) {
                double k = (double)i;

                sum += exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(p) +
                           (n - k) * log1p(-p));
        }
        return sum;
}

/* The share with which what was found would have been one chance in twenty. */
double confidence_bound(size_t found, size_t planted)
{
        double low = 0, high = 1;

        if (found == 0 || found > planted)
                return 0;
        if (found == planted)
                return pow(ERROR, 1 / (double)planted);
        for (unsigned i = 0; i < STEPS; i++) {
                double middle = (low + high) / 2;

                if (chance_of(found, planted, middle) < ERROR)
                        low = middle;
                else
                        high = middle;
        }
        return low;
}
