/*
 * The hash tree of dm-verity (Linux, Documentation/admin-guide/device-mapper/verity.rst): of
 * version 1, with SHA-256, blocks of 4096 bytes and no salt, which is what Linux finds each block
 * of an input right by when it is read. Pure.
 *
 * The tree lies behind the data, its highest level first. Data of one block has none: its hash is
 * the root.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/sha256.h"

#define VERITY_BLOCK      4096u
#define VERITY_LEVELS_MAX 8u /* of what has less than 2^63 bytes */

/* Bytes of the tree of so many bytes of data, which are whole blocks, less than 2^63. */
uint64_t verity_tree_bytes(uint64_t bytes);

/* A tree that is being made. */
struct verity {
        uint8_t *tree; /* the caller's, verity_tree_bytes of it */
        uint64_t blocks, done;
        uint64_t level[VERITY_LEVELS_MAX]; /* where in the tree each is; 0 is the lowest */
        uint64_t level_blocks[VERITY_LEVELS_MAX];
        unsigned levels;
        uint8_t root[SHA256_SIZE]; /* of data of one block */
};

/* For data of so many bytes, more than none; `tree` is all zeroes. */
void verity_begin(struct verity *verity, uint8_t *tree, uint64_t bytes);

/* The next bytes of the data: whole blocks, no more than were announced. */
void verity_add(struct verity *verity, const void *data, size_t length);

/* All of it has come: the tree is whole. */
void verity_end(struct verity *verity, uint8_t ret_root[SHA256_SIZE]);
