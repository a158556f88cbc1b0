/*
 * Text on a terminal of 80 columns. Every piece of it is escaped here, whoever wrote it, so that
 * callers hand it over as it is.
 */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include <jansson.h>

#include "dom0/base/escape.h"

#define PRINT_COLUMNS 80u

/* One line, of any length: what printf makes of it. */
__attribute__((format(printf, 2, 3))) void print_line(FILE *to, const char *format, ...);

/* Each line of `text` as it is, of any length. */
void print_lines(FILE *to, const char *text);

/* `text`, broken at blanks, from column `indent` on; lines after the first are indented. Ends the
 * line. `column` is where the cursor is. */
void print_wrapped(FILE *to, size_t column, size_t indent, const char *text);

/* "Label:     text", wrapped under itself; the text is what printf makes of it. */
__attribute__((format(printf, 3, 4))) void print_labelled(
        FILE *to, const char *label, const char *format, ...);

/* `text` cut to `width` columns and filled up with blanks, and one blank more. */
void print_column(FILE *to, const char *text, size_t width);

/* The escaped text of a JSON string or number; "-" for anything else. */
void print_value(const json_t *value, char *out, size_t size);

/* The same by value, as an argument of printf. */
struct shown shown_value(const json_t *value);
#define SHOWN_VALUE(value) (shown_value(value).text)
