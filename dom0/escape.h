/*
 * Text that came out of a region, made safe for a terminal: what could move the cursor, change
 * colours or reorder a line is shown as \xNN. Pure.
 */
#ifndef FORESTAGE_DOM0_ESCAPE_H
#define FORESTAGE_DOM0_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

#define SHOWN_SIZE 256u

/* A piece of text by value, for the arguments of printf: shown(name, length).text */
struct shown {
        char text[SHOWN_SIZE];
};

/*
 * Writes `length` bytes of UTF-8 to `out`, `size` bytes (at least 8) with the NUL. Control
 * characters (C0, DEL, C1), invisible and direction-changing characters, and bytes that are no
 * UTF-8 become \xNN, one for each byte; a backslash is doubled. What does not fit ends in "...".
 * The result is valid UTF-8.
 */
void escape_text(const char *text, size_t length, char *out, size_t size);

struct shown shown(const char *text, size_t length);
struct shown shown_string(const char *text); /* NULL is "none" */

/* Bytes of the valid UTF-8 character at `text`, or 0. */
size_t utf8_length(const char *text, size_t length);

/* Columns that valid UTF-8 takes, counting one for a character. */
size_t text_columns(const char *text);

/* Whether nothing would be escaped but a backslash. */
bool text_is_plain(const char *text, size_t length);

#endif
