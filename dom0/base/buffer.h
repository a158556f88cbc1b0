/* Bytes whose room grows with them: doubled, so that long ones are not copied again and again. */
#pragma once

#include <stddef.h>

/* All zero is an empty one. */
struct buffer {
        char *data; /* owned; ends with a NUL that is not counted, unless it is NULL */
        size_t length, room;
};

/* Where `bytes` more may be written, and a NUL behind them; `length` is the caller's to add to. */
char *buffer_room(struct buffer *buffer, size_t bytes);
void buffer_add(struct buffer *buffer, const char *text);
void buffer_free(struct buffer *buffer);
