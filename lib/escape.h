/*
 * Text that others have written (a region, a file of the ESP, a job, a command line), made safe for
 * a terminal: what could move the cursor, change colours or reorder a line is shown as \xNN. Pure.
 *
 * What is safe stays as it is, a backslash too. So text that went through here once can go through
 * again and is not changed: a message may be made of other messages.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes `length` bytes of UTF-8 to `out`, `size` bytes (at least 8) with the NUL. Control
 * characters (C0, DEL, C1), invisible and direction-changing characters, and bytes that are no
 * UTF-8 become \xNN, one for each byte. What does not fit ends in "...". The result is valid UTF-8.
 */
void escape_text(const char *text, size_t length, char *out, size_t size);

/* Whether nothing would be escaped. */
bool text_is_plain(const char *text, size_t length);
