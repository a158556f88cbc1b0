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

enum holding_use {
        HOLDING_LOOK,
        HOLDING_WRITE, /* a file can be changed and removed from then on, until holding_pin */
};

/*
 * Opens what is there. A link is followed to a device alone: below /dev, where volumes are links.
 * False: it is neither a file nor a block device, others use the device (a file system is mounted
 * from it, or it is part of a volume group), or it is too small.
 */
bool holding_open(const struct host *host, const char *path, enum holding_use use,
        struct holding *ret_holding, struct failure *ret_error);

/* Whether a file of `length` bytes could be made at `path`: nothing is there, and there is room. */
bool holding_can_make(
        const struct host *host, const char *path, uint64_t length, struct failure *ret_error);

/*
 * Makes a file of `length` bytes that others can neither read nor write, and writes all of it, so
 * that what lies on its blocks is the file's: of blocks that are only allocated, a file system
 * gives back zeroes, whatever the stage writes there. Says on standard error how far it is. It gets
 * its name when it is whole; what is broken off before leaves nothing.
 */
bool holding_make(const struct host *host, const char *path, uint64_t length,
        struct holding *ret_holding, struct failure *ret_error);

/*
 * A file that holds a store is marked as immutable: neither removed nor shortened, moved on its
 * disk or written by anybody. Otherwise its blocks could become those of another file while the
 * first block of an extent, by which the stage knows the store, is still there.
 */
bool holding_pin(const struct holding *holding, struct failure *ret_error);

/* Removes a file that is open for writing, name and all. */
bool holding_unlink(const struct holding *holding, struct failure *ret_error);

/* Memory that O_DIRECT takes; owned by the caller. */
void *holding_memory(size_t size);

void holding_close(struct holding *holding);
