/*
 * What is written into what holds a store, through the file or the device: the first block of each
 * of the map's extents, which says whose it is, and inputs.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dom0/base/failure.h"
#include "dom0/store/holding.h"
#include "store/map.h"

/*
 * Whether nothing but zeroes stands in the first and the last MiB, where file systems, volume
 * groups and arrays have what they are known by. False: something does, or it cannot be read.
 */
bool content_is_empty(const struct holding *holding, struct failure *ret_error);

/* Writes the first block of every extent, and waits until they are on the disk. */
bool content_mark(
        const struct holding *holding, const struct store_map *map, struct failure *ret_error);

/*
 * Writes whole blocks at `offset` of the store's room, which they are all in, from memory that
 * O_DIRECT takes; content_sync waits until they are on the disk.
 */
bool content_put(const struct holding *holding, const struct store_map *map, uint64_t offset,
        const void *data, size_t length, struct failure *ret_error);
bool content_sync(const struct holding *holding, struct failure *ret_error);

/* Whether the first of them is one of the store with this id; false when it cannot be read. */
bool content_is_of(const struct holding *holding, const uint8_t id[16]);

/*
 * Writes zeroes over each first block, wherever the map has it, and over what content_is_empty
 * looks at: no order finds the store from then on. A file is to be removed right behind that.
 */
bool content_wipe(
        const struct holding *holding, const struct store_map *map, struct failure *ret_error);
