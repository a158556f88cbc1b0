/* Why something cannot be: a sentence in a buffer of the caller's. Pure. */
#pragma once

#include <stdbool.h>

#define WHY_SIZE 1001u /* bytes of the buffer; of a larger one no more are used */

/* Writes the reason into `why`. Always false, for the caller to return. */
bool why_not(char *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same where no reason stands yet: the first one is kept. */
#define why_first(why, ...) ((void)((why)[0] || why_not((why), __VA_ARGS__)))
