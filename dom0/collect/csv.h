/*
 * A run as a table: RFC 4180 but with the line ends of Unix, a line of column names and one for
 * each planned job and device, in the order of the plan; the columns are the same for every run.
 * Pure.
 */
#pragma once

#include <stdio.h>

#include <jansson.h>

/* `document` is a run.json. */
void csv_print(FILE *to, const json_t *document);

/* A value of one cell: a text in quotes, unless it is a decimal number; nothing for null. */
void csv_print_cell(FILE *to, const json_t *value);

/* The head of a column that others have named. */
void csv_print_name(FILE *to, const char *name);
