/* The values of one name of a sweep, as texts. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/why.h"

#define VALUES_MAX       100000u
#define VALUES_MAX_BYTES 128u /* of each */

/* All texts stand one behind the other: a hundred thousand of them are two pieces of memory. */
struct sweep_values {
        char *text;
        size_t bytes, room;
        size_t *at; /* where each begins */
        size_t count;
};

/* Appends a value; false when there are too many, or it is empty or too long: `why` says so. */
bool values_add(struct sweep_values *values, const char *text, size_t length, char *why);

const char *values_get(const struct sweep_values *values, size_t number);

void values_clear(struct sweep_values *values);
