/* Lists of values and ranges: "1,2,10..20 step 5". Blanks around the commas do not count. Pure. */
#pragma once

#include <stdbool.h>

struct sweep_values;

/* Appends the values of the list; false, and `why`, when there is one that is none. */
bool list_expand(const char *text, struct sweep_values *values, char *why);
