/*
 * Ranges of decimal numbers: "0..1 step 0.01". They are counted as whole numbers of the smallest
 * decimal place that stands there, so that every value is exact and has no noise behind it. Pure.
 */
#pragma once

#include <stdbool.h>

struct sweep_values;

#define RANGE_MAX_BYTES 80u /* what a range of numbers of 18 digits can take */

/*
 * Appends every A + i * S from A to B, B itself where that is one of them. Without "step S" it is
 * 1. False, and `why`, when it is no range or does not lead from A to B; nothing is appended then,
 * but for a range that has more values than there may be.
 */
bool range_expand(const char *text, struct sweep_values *values, char *why);
