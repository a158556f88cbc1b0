/*
 * Where a block device lies on the one disk under it: partitions as sysfs has them, and mappings of
 * the device mapper that are linear, as LVM's usual volumes are. Everything else is refused by its
 * name: arrays, encrypted, thin and striped volumes, snapshots, paths to a disk.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"
#include "dom0/store/layer.h"

struct disk_number {
        unsigned major, minor;
};

/*
 * Device `major`:`minor` as extents of a disk, which is what stands at the bottom. False: it does
 * not lie on one disk, or moves what is written to it.
 */
bool devicelayer_read(const struct host *host, unsigned major, unsigned minor,
        struct layer *ret_layer, struct disk_number *ret_disk, struct failure *ret_error);

/* A line of `dmsetup table`: where it starts, how long it is, and what it lies on. */
struct linear {
        uint64_t start, length; /* bytes of the mapping */
        struct disk_number below;
        uint64_t offset; /* bytes of what is below */
};

/* Reads such a line of `length` bytes; false: `why` (WHY_SIZE bytes) says what it is. Pure. */
bool devicelayer_parse(const char *line, size_t length, struct linear *ret_linear, char *why);
