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
