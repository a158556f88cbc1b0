/* A GPU's links to other GPUs and to switches, and what a change of them means. Pure. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/why.h"

#define NVLINK_MAX 36u /* links of a GPU; NVML knows 18 */

/* In the order of record_nvlink_keys, behind the link's number. */
enum nvlink_item {
        NVLINK_ACTIVE,
        NVLINK_VERSION,
        NVLINK_MBPS, /* one way */
        NVLINK_REPLAYS,
        NVLINK_RECOVERIES,
        NVLINK_CRC_ERRORS,
        NVLINK_ITEMS,
};

/* One link's reading. What is not known has its bit clear; whether it is active always is. */
struct nvlink {
        uint32_t known;
        uint64_t value[NVLINK_ITEMS];
};

struct nvlinks {
        unsigned count; /* 0: the GPU has none, or they cannot be read */
        struct nvlink link[NVLINK_MAX];
};

void nvlink_set(struct nvlink *link, enum nvlink_item item, uint64_t value);
bool nvlink_knows(const struct nvlink *link, enum nvlink_item item);

/* How many are active. */
unsigned nvlinks_active(const struct nvlinks *links);

/* The sum of the speeds of those that are active; false when one does not tell its own. */
bool nvlinks_mbps(const struct nvlinks *links, uint64_t *ret_mbps);

/* As JSON: a list of objects, one a link; and the other way round. False: it is no such list. */
json_t *nvlinks_json(const struct nvlinks *links);
bool nvlinks_of_json(const json_t *list, struct nvlinks *ret_links);

/* Adds to `list` the names of what some link does not tell. */
void nvlinks_missing(const struct nvlinks *links, json_t *list);

/*
 * Compares a reading before with one after: a counter that rose or fell, a link that was active at
 * one time only, other speeds or versions than before, and active links of different speeds are
 * complaints. Rises are added to `rises` as {"counter", "before", "after"}. Returns the number of
 * complaints; `reason` (WHY_SIZE bytes), unless it has one, gets the first.
 */
size_t nvlinks_compare(
        const struct nvlinks *before, const struct nvlinks *after, json_t *rises, char *reason);
