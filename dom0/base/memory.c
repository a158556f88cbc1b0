#include "dom0/base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dom0/base/exit.h"

static void *checked(void *memory)
{
        if (memory)
                return memory;
        fputs("forestage: out of memory; nothing was written\n", stderr);
        _exit(EXIT_INCOMPLETE);
}

void *memory_allocate(size_t bytes)
{
        return checked(malloc(bytes ? bytes : 1));
}

void *memory_get(size_t bytes)
{
        return checked(calloc(1, bytes ? bytes : 1));
}

void *memory_resize(void *memory, size_t bytes)
{
        return checked(realloc(memory, bytes));
}

char *memory_copy_text(const char *text, size_t length)
{
        char *copy = memory_get(length + 1);

        memcpy(copy, text, length);
        return copy;
}

char *memory_copy(const char *text)
{
        return memory_copy_text(text ? text : "", text ? strlen(text) : 0);
}

char *memory_format_list(const char *format, va_list arguments)
{
        char *text = NULL;

        return checked(vasprintf(&text, format, arguments) >= 0 ? text : NULL);
}

char *memory_format(const char *format, ...)
{
        va_list arguments;
        char *text;

        va_start(arguments, format);
        text = memory_format_list(format, arguments);
        va_end(arguments);
        return text;
}

void *memory_grow(void *array, size_t count, size_t element)
{
        size_t bytes;

        if ((count & (count - 1)) != 0)
                return array; /* between two powers of two there is room */
        if (__builtin_mul_overflow(count ? 2 * count : 1, element, &bytes))
                bytes = SIZE_MAX;
        return checked(realloc(array, bytes));
}
