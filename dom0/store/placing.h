/* Where on which disk something lies that holds a store. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"
#include "dom0/store/devicelayer.h"
#include "dom0/store/holding.h"
#include "store/map.h"

/*
 * Whether a file in this folder would lie where the stage finds it, asked before all of it is
 * written: on a file system that leaves it where it is, on one disk that can be told from others.
 */
bool placing_can(const struct host *host, const char *folder, struct failure *ret_error);

/*
 * Where it lies now: the map with this id and generation, of this host. For store_map_free. False:
 * it does not lie on one disk, or not as something that stays where it is.
 */
bool placing_find(const struct host *host, const struct holding *holding, const uint8_t id[16],
        uint64_t generation, struct store_map *ret_map, struct disk_number *ret_disk,
        struct failure *ret_error);

/* The disk itself, for reading, past all caches. -1: the failure says why. */
int placing_open_disk(const struct host *host, struct disk_number disk, struct failure *ret_error);

/*
 * Whether these blocks are where the map says, read from the disk itself, past the file system and
 * its cache: only then does writing to those places mean writing into the store.
 */
bool placing_prove(const struct host *host, const struct store_map *map, struct disk_number disk,
        struct failure *ret_error);
