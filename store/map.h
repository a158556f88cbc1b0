/*
 * Where a store lies on its disk, as dom0 found it when a run was armed (docs/store.md): the disk
 * by what it says of itself, and extents of bytes on it. A file of lines as efi/parse/keyvalue.h
 * has them:
 *
 *     store=1                the format's version
 *     id=UUID                of the store, from when it was made
 *     host=32 HEX DIGITS     of the host that it belongs to
 *     generation=NUMBER      of the order; each has a larger one
 *     disk-size=BYTES
 *     disk-wwn=WORD          one at least of these three, as sysfs and the disk's GPT have them
 *     disk-serial=WORD
 *     disk-table=UUID
 *     extent=START LENGTH    bytes of the disk; once or more, in the order of the store's bytes
 *     checkpoint=OFFSET BYTES DEVICES ORDER JOB
 *                            of an order with checkpoints (store/checkpoint.h): where in the room
 *                            those of a job are, how large each can be, on how many devices, what
 *                            tells the order from others (a SHA-256), and the job's name
 *     input=OFFSET BYTES ROOT NAME
 *                            of an order with inputs (docs/store.md): where in the room the image
 *                            of one is, its bytes, the root of the hash tree that lies behind it
 *                            (store/verity.h), and what the jobs call it
 *
 * Each extent begins with a block that says whose it is (store/head.h); what follows is its room,
 * and the room of a store is that of its extents, one after the other. Inputs lie at its end, and
 * checkpoints before them; what is before the first of these is for results. Pure, but for memory.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/sha256.h"
#include "lib/uuid.h"

#define STORE_VERSION       1u
#define STORE_BLOCK         4096u /* everything is a multiple of it */
#define STORE_EXTENTS_MAX   1024u /* of more pieces a store is slow, and better made anew */
#define STORE_INPUTS_MAX    16u
#define STORE_JOBS_MAX      256u /* that have checkpoints */
#define STORE_DEVICES_MAX   64u
#define STORE_RESULTS_LEAST (2 * (uint64_t)STORE_BLOCK) /* that inputs leave */
#define STORE_WORD          128u /* bytes of a disk's name for itself, with its NUL */

/* What a disk says of itself; "" and 0: nothing. */
struct store_disk {
        uint64_t size;
        char wwn[STORE_WORD];
        char serial[STORE_WORD];
        char table[UUID_LENGTH + 1]; /* the disk's GUID in its GPT, in lower case */
};

struct store_extent {
        uint64_t start, length; /* bytes of the disk */
        uint64_t room;          /* where its room begins in the store's; of store_map_parse */
};

/* A tree of files that jobs read: an image of it, whole blocks, and behind it its hash tree. */
struct store_input {
        uint64_t offset, bytes; /* of the image, in the store's room */
        uint8_t root[SHA256_SIZE];
        char *name; /* its path in the job folder; owned */
};

/* What a job leaves for the next run of the order: twice for each device, the older and the newer.
 */
struct store_checkpoint {
        uint64_t offset, bytes; /* of the first, in the store's room; that a file may have */
        uint64_t devices;
        uint8_t order[SHA256_SIZE];
        char *job; /* owned */
};

struct store_map {
        uint64_t version; /* of the text; of store_map_parse */
        uint8_t id[16];
        uint8_t host[16];
        uint64_t generation;
        struct store_disk disk;
        struct store_extent *extents;
        size_t count;
        uint64_t room; /* bytes of the whole store's room; of store_map_check */
        struct store_checkpoint *checkpoints; /* one behind the other */
        size_t checkpoint_count;
        struct store_input *inputs; /* the same */
        size_t input_count;

        /* Bytes of the room, from its first: for results, and that the stage may write, which are
         * those and the checkpoints. Of store_map_check. */
        uint64_t results, writable;
};

/* Room that lies in one piece on the disk. */
struct store_piece {
        uint64_t start, length; /* bytes of the disk */
};

/*
 * Reads a map that is called `name`, and checks it. When false, `why` (WHY_SIZE bytes) says what is
 * wrong, and in which line. For store_map_free.
 */
bool store_map_parse(
        const char *name, const char *text, size_t length, struct store_map *ret_map, char *why);

/*
 * Whether a map can be one: extents of whole blocks, each with room, on the disk, none over
 * another; a disk that can be told from others; inputs that are in the room, one behind the other.
 * Says where the room of each extent begins, and how much of it is for results.
 */
bool store_map_check(struct store_map *map, char *why);

void store_map_free(struct store_map *map);

/* The map as text, NUL-terminated and owned by the caller; NULL: no memory. */
char *store_map_format(const struct store_map *map, size_t *ret_length);

/* Bytes of the room that an image of so many bytes takes with its hash tree. */
uint64_t store_input_span(uint64_t bytes);

/*
 * Appends an input. Its name is copied. False: there is no memory for it, or it is one too many.
 */
bool store_map_add_input(struct store_map *map, const struct store_input *input);

/* Bytes of the room that checkpoints of so many bytes take on so many devices, no more than
 * STORE_DEVICES_MAX. UINT64_MAX: more than any room has. */
uint64_t store_checkpoint_span(uint64_t bytes, uint64_t devices);

/* As store_map_add_input. */
bool store_map_add_checkpoint(struct store_map *map, const struct store_checkpoint *checkpoint);

/* The number of the input of that name; -1: there is none. */
int store_map_input(const struct store_map *map, const char *name);

/* The SHA-256 of that text, which is in each extent's first block. False: no memory. */
bool store_map_digest(const struct store_map *map, uint8_t ret_digest[SHA256_SIZE]);

/*
 * The first piece of `length` bytes of the store's room from `offset` on: what of it lies in one
 * extent. False: not all of it is in the store's room, or there is nothing of it.
 */
bool store_map_find(const struct store_map *map, uint64_t offset, uint64_t length,
        struct store_piece *ret_piece);
