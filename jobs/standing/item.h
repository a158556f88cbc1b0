/*
 * The standing condition of a GPU: what it has been through and how it is set up, whatever happens
 * during a check. Which items there are, and what was read of them. Pure. Names are stable: job
 * files have them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STANDING_TEXT 64u

enum standing_item {
        STANDING_ECC_MODE,
        STANDING_ECC_MODE_PENDING, /* from the next reset on */
        STANDING_MIG_MODE,
        STANDING_MIG_MODE_PENDING,
        STANDING_INFOROM,
        STANDING_REMAPPED_CORRECTABLE,
        STANDING_REMAPPED_UNCORRECTABLE,
        STANDING_BANKS_HIGH, /* banks of memory with so many of their spare rows left */
        STANDING_BANKS_PARTIAL,
        STANDING_BANKS_LOW,
        STANDING_BANKS_NONE,
        STANDING_ECC_UNCORRECTED,
        STANDING_SRAM_THRESHOLD,
        STANDING_RECOVERY_ACTION,
        STANDING_OTHER_PROCESSES,
        STANDING_VBIOS,
        STANDING_SERIAL,
        STANDING_FABRIC,
        STANDING_BRIDGE_WIDTH, /* of all links up to the root port, under load */
        STANDING_BRIDGE_GENERATION,
        STANDING_ITEMS,
};

/* What was read of one. */
struct standing_value {
        bool known;
        uint64_t number;          /* of a number */
        char text[STANDING_TEXT]; /* of a word */
};

struct standing {
        struct standing_value item[STANDING_ITEMS];
};

/* One of them. */
struct standing_row {
        const char *name;
        bool number;
        const char *words; /* that it can be, with blanks between; NULL: any */
        const char *limit; /* the most that a number may be, or the word; NULL: whatever it is */
};

extern const struct standing_row standing_rows[STANDING_ITEMS];

bool standing_parse_item(const char *name, size_t length, enum standing_item *ret_item);

void standing_set_number(struct standing *standing, enum standing_item item, uint64_t number);

/* Longer than STANDING_TEXT, or empty: it stays as it was. */
void standing_set_word(struct standing *standing, enum standing_item item, const char *word);
