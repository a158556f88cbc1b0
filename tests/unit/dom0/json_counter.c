#include "tests/unit/dom0/json_counter.h"

#include <stdlib.h>

#include <jansson.h>

#define OVERHEAD 16u /* of a block, and what rounding it up may take */

static size_t held, most, base;

/* The size stands before the block; glibc's own header and rounding are added to it. */
static void *count_malloc(size_t size)
{
        size_t *block = malloc(size + OVERHEAD);

        if (!block)
                abort();
        block[0] = ((size + 8 + 15) & ~(size_t)15) < 32 ? 32 : (size + 8 + 15) & ~(size_t)15;
        held += block[0];
        if (held > most)
                most = held;
        return (char *)block + OVERHEAD;
}

static void count_free(void *memory)
{
        size_t *block;

        if (!memory)
                return;
        block = (size_t *)((char *)memory - OVERHEAD);
        held -= block[0];
        free(block);
}

void json_counter_start(void)
{
        json_set_alloc_funcs(count_malloc, count_free);
}

size_t json_counter_peak(void)
{
        size_t peak = most - base;

        most = base = held;
        return peak;
}
