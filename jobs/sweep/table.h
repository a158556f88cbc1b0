/*
 * Tables with commas (RFC 4180), for the values of a sweep: the first line has the names of the
 * columns, every other one a value for each of them. A cell may stand in quotes, and has to when
 * there is a comma in it; a line does not go on in the next one. Blanks around a cell do not count,
 * lines without anything neither. Pure; the text is untrusted.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/why.h"

struct sweep_values;

#define TABLE_MAX_BYTES (16u << 20)

/*
 * Appends the column `name` of the table. When false, `why` is the reason, which starts with
 * "FILE:LINE: " where it is one of a line.
 */
bool table_column(const char *file, const char *text, size_t length, const char *name,
        struct sweep_values *values, char *why);
