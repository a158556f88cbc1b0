/* The special functions whose every significand is tried, and what the kernel leaves of them. */
#pragma once

#include "report.h"

#define SPECIAL_FUNCTIONS 6 /* reciprocal, its root, logarithm, exponential, sine, cosine */
#define SPECIAL_THREADS   1024
#define SPECIAL_ARGUMENTS 0x1000000u /* from 1 on, to 4: all significands twice */

/* Sums over all arguments, by multiprocessor and quarter: those of all quarters are the same. */
struct special_sums {
        unsigned long long sum[CHECK_MAX_SM][CHECK_QUARTERS][SPECIAL_FUNCTIONS];
};
