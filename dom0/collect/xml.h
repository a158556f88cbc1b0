/*
 * Text of others as XML 1.0: safe for a terminal, as lib/escape.h has it, and for every parser.
 * What XML has no place for is a '?'. Pure.
 */
#pragma once

#include <stddef.h>
#include <stdio.h>

/* NAME="TEXT" behind a blank; one line, cut like all shown text. NULL is "none". */
void xml_attribute(FILE *to, const char *name, const char *text);

/* What stands between tags: all `length` bytes; line breaks and tabs stay what they are. */
void xml_text(FILE *to, const char *text, size_t length);
