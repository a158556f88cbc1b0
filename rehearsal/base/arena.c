#include "rehearsal/base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE ((size_t)64 * 1024)
#define ALIGNMENT  ((size_t)16)

struct arena_block {
        struct arena_block *previous;
        size_t size;
        _Alignas(16) unsigned char data[];
};

static struct arena_block *add_block(struct arena *arena, size_t size)
{
        struct arena_block *block = calloc(1, sizeof(*block) + size);

        if (!block)
                return NULL;
        block->previous = arena->blocks;
        block->size = size;
        arena->blocks = block;
        arena->used = 0;
        return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
        struct arena_block *block = arena->blocks;

        if (size > SIZE_MAX / 2)
                return NULL;
        size = (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
        if (!block || block->size - arena->used < size)
                block = add_block(arena, size > BLOCK_SIZE ? size : BLOCK_SIZE);
        if (!block)
                return NULL;

        void *memory = block->data + arena->used;

        arena->used += size;
        return memory;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
        if (size && count > SIZE_MAX / size)
                return NULL;
        return arena_alloc(arena, count * size);
}

char *arena_text(struct arena *arena, const char *text, size_t length)
{
        char *copy = arena_alloc(arena, length + 1);

        if (copy)
                memcpy(copy, text, length);
        return copy;
}

void arena_free(struct arena *arena)
{
        for (struct arena_block *block = arena->blocks, *previous; block; block = previous) {
                previous = block->previous;
                free(block);
        }
        arena->blocks = NULL;
        arena->used = 0;
}
