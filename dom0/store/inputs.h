/* Inputs in the store of this host: where each is to be, written, and read back from the disk. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"
#include "dom0/store/devicelayer.h"
#include "dom0/store/holding.h"
#include "dom0/trees/treeimage.h"
#include "store/map.h"

/*
 * Puts the images at the end of the room of a map without inputs, one behind the other, and its
 * checkpoints before them; `results` bytes of it must be left. `path` is what messages call the
 * store. Pure, but for memory.
 */
bool inputs_plan(struct store_map *map, const struct treeimage *images, size_t count,
        uint64_t results, const char *path, struct failure *ret_error);

/* Whether an earlier map has the same inputs at the same places. Pure. */
bool inputs_are_those(const struct store_map *map, const struct store_map *before);

/*
 * Writes the images that the map has where it has them, through what holds the store, and reads
 * them back from the disk, past all caches. What the disk has already is not written again. The
 * first blocks must be there.
 */
bool inputs_write(const struct host *host, const struct holding *holding,
        const struct store_map *map, struct disk_number disk, const struct treeimage *images,
        struct failure *ret_error);

/* Whether the disk has all inputs of the map, as their hashes have them: reads them all. */
bool inputs_prove(const struct host *host, const struct store_map *map, struct disk_number disk,
        struct failure *ret_error);
