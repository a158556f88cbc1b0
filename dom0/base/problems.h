/* The list of reasons why a run is not what it should be: plain sentences, safe to print. */
#pragma once

#include <stddef.h>

#include <jansson.h>

#define PROBLEMS_KEPT 100u /* a hostile region must not fill the screen */

struct problems {
        json_t *list; /* an array of strings */
        size_t count; /* also those that were not kept */
};

/* Text from a region goes in through shown() only. */
__attribute__((format(printf, 2, 3))) void problem(
        struct problems *problems, const char *format, ...);

/* Ends the list: says how many were left out, if any were. */
void problems_finish(struct problems *problems);
