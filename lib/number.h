/*
 * Numbers as people write them in job files and on the command line. Pure. Every function takes a
 * whole word and refuses anything before or behind the number, also blanks; nothing wraps around.
 * Whole numbers and sizes are as region/number.h has them.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

bool number_u64(const char *text, uint64_t *ret_value);

/* The same with an optional minus in front. */
bool number_i64(const char *text, int64_t *ret_value);

/* What strtod reads in the C locale, "inf" and "nan" too; false when a finite number overflows. */
bool number_f64(const char *text, double *ret_value);
bool number_f32(const char *text, float *ret_value);
