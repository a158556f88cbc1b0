/*
 * What holds a store on this host: a file, or a block device that is all the store's. Its bytes
 * are the map's extents one after the other, with the first block of each.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"
#include "dom0/store/devicelayer.h"
#include "store/map.h"

#define HOLDING_LEAST ((uint64_t)16 << 20) /* bytes of the smallest */

struct holding {
        char *path; /* owned */
        int fd;     /* for reading and writing, O_DIRECT; owned */
        bool is_device;
        unsigned major, minor; /* of the device, or of the one that the file's file system is on */
        uint64_t length;       /* bytes, whole blocks */
};

#define HOLDING_NONE ((struct holding){ .fd = -1 })

/*
 * Opens what is there. False: it is neither a file nor a block device, others use the device (a
 * file system is mounted from it, or it is part of a volume group), or it is too small.
 */
bool holding_open(const struct host *host, const char *path, struct holding *ret_holding,
        struct failure *ret_error);

/*
 * Makes a file of `length` bytes that others can neither read nor write, and writes all of it, so
 * that what lies on its blocks is the file's: of blocks that are only allocated, a file system
 * gives back zeroes, whatever the stage writes there. Says on standard error how far it is. On
 * failure nothing of it is left.
 */
bool holding_make(const struct host *host, const char *path, uint64_t length,
        struct holding *ret_holding, struct failure *ret_error);

void holding_close(struct holding *holding);

/*
 * Where it lies now: the map with this id and generation, of this host. For store_map_free. False:
 * it does not lie on one disk, or not as something that stays where it is.
 */
bool holding_map(const struct host *host, const struct holding *holding, const uint8_t id[16],
        uint64_t generation, struct store_map *ret_map, struct disk_number *ret_disk,
        struct failure *ret_error);

/* Writes the first block of every extent, and waits until they are on the disk. */
bool holding_mark(
        const struct holding *holding, const struct store_map *map, struct failure *ret_error);

/*
 * Whether these blocks are where the map says, read from the disk itself, past the file system and
 * its cache: only then does writing to those places mean writing into the store.
 */
bool holding_prove(const struct host *host, const struct store_map *map, struct disk_number disk,
        struct failure *ret_error);
