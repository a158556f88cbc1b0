/*
 * Text in a buffer of fixed size: what snprintf would do, where there is no C library.
 *
 * A text is always terminated. What does not fit is cut off and `cut` stays set, so that a caller
 * who needs the whole text checks once at the end. Plain C11 without a C library: the EFI
 * application, Linux programs and tests compile the same file.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Characters inside somebody else's buffer, not terminated. */
struct slice {
        const char *data;
        size_t length;
};

#define SLICE(literal)    ((struct slice){ (literal), sizeof(literal) - 1 })
#define SLICE_FORMAT      "%.*s"
#define SLICE_PRINT(text) (int)(text).length, (text).data

bool slice_equal(struct slice left, struct slice right);
bool slice_starts_with(struct slice text, struct slice prefix);
/* `text` without blanks and tabs at both ends. */
struct slice slice_trim(struct slice text);
/* The slice of a terminated string. */
struct slice slice_of(const char *string);

struct text {
        char *data;    /* borrowed; always terminated */
        size_t size;   /* bytes of the buffer, at least 1 */
        size_t length; /* bytes used, without the NUL */
        bool cut;      /* something did not fit */
};

/* Starts an empty text in the `size` (at least 1) bytes at `buffer`. */
void text_init(struct text *ret_text, char *buffer, size_t size);

/*
 * Appends. The format knows %s, %.*s, %c, %u, %lu, %llu, %zu, %x, %lx, %% and a width with or
 * without leading zeros (%08x); the compiler checks the arguments.
 */
void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_list(struct text *text, const char *format, va_list arguments)
        __attribute__((format(printf, 2, 0)));
void text_add_bytes(struct text *text, const char *bytes, size_t length);
