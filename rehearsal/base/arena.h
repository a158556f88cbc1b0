/* Memory that is given back all at once: what belongs to one loaded module. */
#pragma once

#include <stddef.h>

struct arena_block;

struct arena {
        struct arena_block *blocks;
        size_t used; /* of the newest block */
};

/*
 * Zeroed memory for `count` elements of `size` bytes, aligned to 16, that lives until arena_free.
 * NULL when there is none left or the product overflows.
 */
void *arena_array(struct arena *arena, size_t count, size_t size);

/* One zeroed object of `size` bytes. */
void *arena_alloc(struct arena *arena, size_t size);

/* `length` bytes of `text` and a NUL. */
char *arena_text(struct arena *arena, const char *text, size_t length);

void arena_free(struct arena *arena);
