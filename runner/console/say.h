/*
 * What forestage-run prints: names and reasons of others are made safe for a terminal here.
 */
#pragma once

#include <stdio.h>

/* One line of at most SAY_MAX bytes, escaped; what is longer ends in "...". */
#define SAY_MAX 8192u
void say_line(FILE *to, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * From now on nothing waits for whoever reads it: what is not taken (a pipe that is full, Ctrl-S)
 * is lost, for the record of a run is its region.
 */
void say_without_waiting(void);

/* Text that is safe as it is, and what has been printed to `to` before. */
void say_text(FILE *to, const char *text);

/* The first error in printing to standard output, other than that nobody reads it; 0: none. */
int say_error(void);
