/*
 * Where a file lies on the device of its file system: FIEMAP (Documentation/filesystems/fiemap.rst
 * of Linux).
 */
#pragma once

#include <linux/fiemap.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dom0/base/failure.h"
#include "dom0/store/layer.h"

/* Whether the file system of `fd`, a file or a folder, is one of those that can hold a store. */
bool filelayer_can(int fd, const char *path, struct failure *ret_error);

/*
 * The open file `fd` of `length` bytes as extents of its file system's device. Only what will stay
 * where it is, and what reads back as it was written by others, is taken: ext2, ext3, ext4 and xfs;
 * no holes, nothing that is allocated and not written, shared with another file, compressed,
 * encrypted, or kept beside other data. The file is written to disk first.
 */
bool filelayer_read(int fd, const char *path, uint64_t length, struct layer *ret_layer,
        struct failure *ret_error);

/*
 * The same of what FIEMAP says, a part of the list at a time: appends the extents to what covers
 * the file's first `*done` bytes already. Pure, but for memory.
 */
bool filelayer_append(const struct fiemap_extent *extents, size_t count, const char *path,
        uint64_t length, struct layer *layer, uint64_t *done, struct failure *ret_error);
