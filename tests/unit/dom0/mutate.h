/*
 * Records of a run, taken apart and put together again with right checksums, and every way in which
 * one of them, or one field at any depth, can be taken away, doubled, moved or changed.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "region/region.h"

struct piece {
        enum region_type type;
        char *name, *data; /* owned */
        size_t name_length, data_length;
};

#define PIECES_MAX 256

struct pieces {
        struct piece piece[PIECES_MAX];
        size_t count;
};

enum mutation {
        MUTATION_TAKE = 1 << 0,   /* away */
        MUTATION_DOUBLE = 1 << 1, /* there twice */
        MUTATION_SWAP = 1 << 2,   /* with the one behind it */
        MUTATION_LAST = 1 << 3,   /* moved to the end; a record: before RUN */
        MUTATION_BEHIND = 1 << 4, /* a record: moved behind RUN */
        MUTATION_NAME = 1 << 5,   /* a record: another name */
        MUTATION_BYTES = 1 << 6,  /* a FILE: one byte other */
        MUTATION_SHORT = 1 << 7,  /* a FILE: one byte less */
        MUTATION_TYPE = 1 << 8,   /* a field: a value of another type */
        MUTATION_NULL = 1 << 9,   /* null */
        MUTATION_EMPTY = 1 << 10, /* a string, list or object with nothing in it */
        MUTATION_OTHER = 1 << 11, /* another string; the other truth */
        MUTATION_SIGN = 1 << 12,  /* a number: the other sign */
        MUTATION_MORE = 1 << 13,  /* a number: one more */
        MUTATION_LESS = 1 << 14,  /* a number: one less */
        MUTATION_HUGE = 1 << 15,  /* a number: as large as there are */
        MUTATION_ZERO = 1 << 16,  /* a number: 0 */
        MUTATIONS = 17,
};

struct mutant {
        const struct piece *piece;
        const struct piece *next; /* behind it; NULL: none */
        enum mutation mutation;
        const char *path; /* "check.tests.0.errors"; "" for the record itself */
};

const char *mutation_name(enum mutation mutation);

void pieces_add(struct pieces *pieces, enum region_type type, const char *name, const void *data,
        size_t length);
void pieces_of_region(const void *base, size_t size, struct pieces *ret_pieces);
void pieces_free(struct pieces *pieces);

/* Puts them, and the seal, into the `size` bytes at `base`. */
void pieces_write(const struct pieces *pieces, void *base, size_t size);

/* Gives every mutant to `take`, with the pieces as they are then; counts fields, not roots. */
void mutate(const struct pieces *pieces,
        void (*take)(const struct pieces *pieces, const struct mutant *mutant, void *arg),
        void *arg, size_t *ret_fields);
