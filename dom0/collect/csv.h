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
