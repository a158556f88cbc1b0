#include "store/verity.h"

#include <stdlib.h>
#include <string.h>

#define PER_BLOCK (VERITY_BLOCK / SHA256_SIZE)

/* How many levels the tree has, and the blocks of each, the lowest first. */
static unsigned measure(uint64_t blocks, uint64_t level_blocks[VERITY_LEVELS_MAX])
{
        unsigned levels = 0;

        for (; blocks > 1 && levels < VERITY_LEVELS_MAX; levels++) {
                blocks = (blocks + PER_BLOCK - 1) / PER_BLOCK;
                level_blocks[levels] = blocks;
        }
        return levels;
}

uint64_t verity_tree_bytes(uint64_t bytes)
{
        uint64_t level_blocks[VERITY_LEVELS_MAX], all = 0;
        unsigned levels = measure(bytes / VERITY_BLOCK, level_blocks);

        for (unsigned i = 0; i < levels; i++)
                all += level_blocks[i];
        return all * VERITY_BLOCK;
}

void verity_begin(struct verity *verity, uint8_t *tree, uint64_t bytes)
{
        uint64_t at = 0;

        *verity = (struct verity){ .tree = tree, .blocks = bytes / VERITY_BLOCK };
        verity->levels = measure(verity->blocks, verity->level_blocks);
        for (unsigned i = verity->levels; i-- > 0;) {
                verity->level[i] = at;
                at += verity->level_blocks[i] * VERITY_BLOCK;
        }
}

void verity_add(struct verity *verity, const void *data, size_t length)
{
        const uint8_t *block = data;

        if (length % VERITY_BLOCK != 0 || length / VERITY_BLOCK > verity->blocks - verity->done)
                abort();
        for (; length > 0; length -= VERITY_BLOCK, block += VERITY_BLOCK, verity->done++) {
                uint8_t *to = verity->levels > 0
                                      ? verity->tree + verity->level[0] + verity->done * SHA256_SIZE
                                      : verity->root;

                sha256(block, VERITY_BLOCK, to);
        }
}

void verity_end(struct verity *verity, uint8_t ret_root[SHA256_SIZE])
{
        if (verity->done != verity->blocks)
                abort();
        for (unsigned i = 0; i + 1 < verity->levels; i++)
                for (uint64_t k = 0; k < verity->level_blocks[i]; k++)
                        sha256(verity->tree + verity->level[i] + k * VERITY_BLOCK, VERITY_BLOCK,
                                verity->tree + verity->level[i + 1] + k * SHA256_SIZE);
        if (verity->levels > 0)
                sha256(verity->tree, VERITY_BLOCK, verity->root);
        memcpy(ret_root, verity->root, SHA256_SIZE);
}
