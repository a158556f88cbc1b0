/* What forestage-run prints: names and reasons of others are made safe for a terminal here. */
#pragma once

#include <stdio.h>

/* One line of at most SAY_MAX bytes, escaped; what is longer ends in "...". */
#define SAY_MAX 8192u
void say_line(FILE *to, const char *format, ...) __attribute__((format(printf, 2, 3)));
