/*
 * The first block of each extent of a store: whose it is. dom0 writes them all when it arms a run;
 * whoever writes into a store first finds each of them where its map says. Little endian. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/sha256.h"
#include "store/map.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "a store is little endian, and so must be its writer and reader"
#endif

#define STORE_HEAD_MAGIC "FSTGSTOR"

struct store_head {
        uint8_t magic[8];
        uint32_t version;
        uint32_t size; /* of this block */
        uint8_t id[16];
        uint8_t host[16];
        uint64_t generation;
        uint32_t number, count; /* this extent, from 0 on, and how many there are */
        uint64_t start, length; /* bytes of the disk */
        uint64_t disk_size;
        uint8_t map[32]; /* the SHA-256 of the map: all of what belongs together */
        uint8_t zero[4096 - 152];
        uint8_t sha256[32]; /* of the bytes before it */
};
_Static_assert(sizeof(struct store_head) == STORE_BLOCK, "a head is one block");

/* The head of extent `number`; `digest` is the map's. */
void store_head_make(const struct store_map *map, const uint8_t digest[SHA256_SIZE], size_t number,
        struct store_head *ret_head);

/*
 * Whether this is the head of extent `number` of that very map. When false, `why` (WHY_SIZE bytes)
 * says what it is instead.
 */
bool store_head_check(const struct store_map *map, const uint8_t digest[SHA256_SIZE], size_t number,
        const struct store_head *head, char *why);
