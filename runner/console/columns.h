/* Text on a terminal: how wide it is, and made to fit. For UTF-8 that is safe to show. Pure. */
#pragma once

#include <stddef.h>

/* Columns that it takes: two for what East Asian and pictorial characters are, else one each. */
size_t columns_of(const char *text);

/*
 * The beginning of `text` that takes at most `columns` columns, whole characters; "…" is its end
 * where something is missing. At least 4 bytes of `size` are for the end and the NUL.
 */
void columns_cut(const char *text, size_t columns, char *out, size_t size);

/*
 * The same for text that may go on in further lines: bytes of it that go into a line of at most
 * `columns` columns, at least one character. The line ends at a blank, if there is one in the
 * second half of it; `*ret_skip` is how many bytes to skip from there.
 */
size_t columns_break(const char *text, size_t columns, size_t *ret_skip);
