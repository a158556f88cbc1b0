/* Lists that grow one by one. Pure. */
#pragma once

#include <stddef.h>
#include <stdlib.h>

/*
 * Room for one more behind the `count` elements of `list`: it is doubled at powers of two. Returns
 * the list, which may have moved; without memory NULL, and the list is as it was.
 */
static inline void *grow(void *list, size_t count, size_t size)
{
        size_t bytes;

        if ((count & (count - 1)) != 0)
                return list;
        if (__builtin_mul_overflow(count > 0 ? 2 * count : 1, size, &bytes))
                return NULL;
        return realloc(list, bytes); /* reallocarray is glibc's since 2.26 only */
}
