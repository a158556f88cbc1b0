/*
 * What is usual, and how far a value is from it, by statistics that a few wild values cannot move:
 * median and median absolute deviation (Iglewicz and Hoaglin, "How to Detect and Handle Outliers",
 * 1993). Pure.
 */
#pragma once

#include <stddef.h>

struct robust {
        size_t count;
        double low, median, high;
        double spread; /* comparable to a standard deviation; 0: all values are the same */
};

/*
 * Sorts `values` in place. The spread is 1.4826 times the median absolute deviation; when more than
 * half of the values are the same, so that this is 0, 1.2533 times the mean absolute deviation.
 */
struct robust robust_of(double *values, size_t count);

/* How many spreads `value` is above the median, below it: negative. A spread below `least` counts
 * as `least`; 0 when both are 0 and the value is the median, infinite for another. */
double robust_distance(const struct robust *robust, double value, double least);
