/*
 * The PCI Express links between a GPU and its root port: what each of their ends says, and what a
 * change of it means. Pure.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/why.h"

#define BRIDGES_MAX     12u /* the GPU and the bridges above it */
#define BRIDGE_PCI_SIZE 16u

/* In the order of record_bridge_keys, behind the address. */
enum bridge_item {
        BRIDGE_GENERATION,
        BRIDGE_GENERATION_MAX,
        BRIDGE_WIDTH,
        BRIDGE_WIDTH_MAX,
        BRIDGE_AER_CORRECTABLE,
        BRIDGE_AER_NONFATAL,
        BRIDGE_AER_FATAL,
        BRIDGE_ITEMS,
};

/* What is not known has its bit clear. */
struct bridge {
        char pci[BRIDGE_PCI_SIZE];
        uint32_t known;
        uint64_t value[BRIDGE_ITEMS];
};

/* From the GPU, whose own errors are counted elsewhere, up to its root port. None: no bridge was
 * found above it, as in many virtual machines. */
struct bridges {
        unsigned count;
        struct bridge bridge[BRIDGES_MAX];
};

void bridge_set(struct bridge *bridge, enum bridge_item item, uint64_t value);
bool bridge_knows(const struct bridge *bridge, enum bridge_item item);

/* "0000:01:00.0" */
bool bridge_is_address(const char *text);

/* As JSON: a list of objects; and the other way round. False: it is no such list. */
json_t *bridges_json(const struct bridges *bridges);
bool bridges_of_json(const json_t *list, struct bridges *ret_bridges);

/* Adds to `list` the names of what some bridge does not tell. */
void bridges_missing(const struct bridges *bridges, json_t *list);

/* A reading under load: `best` keeps the fastest and widest of all. A link that rests is slow by
 * intention, one that is worn is slow at all times. */
void bridges_take(struct bridges *best, const struct bridges *reading);

/*
 * The width of all links under load (BRIDGE_WIDTH), or their speed (BRIDGE_GENERATION): "full", or
 * the first that is less than both of its ends can do: "8 of 16 at 0000:00:01.0", the upper end.
 * False: not known, of one of them at least.
 */
bool bridges_judge(const struct bridges *bridges, enum bridge_item now, char ret_word[64]);

/*
 * Compares a reading before with one after: a counter that rose or fell, or can be read at one time
 * only, and other bridges than before are complaints. Rises are added to `rises` as {"counter",
 * "before", "after"}. Returns the number of complaints; `reason` (WHY_SIZE bytes), unless it has
 * one, gets the first.
 */
size_t bridges_compare(
        const struct bridges *before, const struct bridges *after, json_t *rises, char *reason);
