/* Memory that is there or ends the program: a verb that runs out of it has nothing to salvage. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

void *memory_get(size_t bytes);                          /* zeroed */
void *memory_resize(void *memory, size_t bytes);         /* what is new is not zeroed */
char *memory_copy_text(const char *text, size_t length); /* adds the NUL */
char *memory_copy(const char *text);                     /* the whole text; NULL: "" */

/* What printf makes of it. */
__attribute__((format(printf, 1, 2))) char *memory_format(const char *format, ...);
__attribute__((format(printf, 1, 0))) char *memory_format_list(
        const char *format, va_list arguments);

/*
 * An array of `count` elements with room for at least one more; `array` is invalid afterwards.
 * Every caller adds one element at a time: the room is doubled at powers of two.
 */
void *memory_grow(void *array, size_t count, size_t element);

/* Not zeroed: for what is read into, and for jansson. */
void *memory_allocate(size_t bytes);
