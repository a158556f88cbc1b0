/* Cells of a CSV file as RFC 4180 has them. Pure. */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include <jansson.h>

/*
 * A text, always quoted. Others chose these words, and what they are shown in may take one that
 * begins like a formula for a formula: an apostrophe before it makes it a text there.
 */
void cell_text(FILE *to, const char *text, size_t length);

/* A JSON value: a text as above, a number, true or false; nothing for anything else. */
void cell_value(FILE *to, const json_t *value);

/* The same, but a text that is a decimal number stands as one, without quotes. */
void cell_plain(FILE *to, const json_t *value);

/* The head of a column that others have named. */
void cell_name(FILE *to, const char *name);
