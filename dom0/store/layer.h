/*
 * One thing that lies on another: a file on a device, a logical volume on a partition, a partition
 * on a disk. What lies above, byte after byte, is a list of extents of what lies below. Pure, but
 * for memory.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/map.h"

struct layer {
        struct store_extent *extents; /* owned; `room` is not used */
        size_t count;
};

void layer_free(struct layer *layer);

/* Appends an extent; one that begins where the last one ends makes that longer. */
void layer_append(struct layer *layer, uint64_t start, uint64_t length);

/* How many bytes lie above. */
uint64_t layer_length(const struct layer *layer);

/*
 * What `upper` is when what it lies on is itself `lower`: a file's extents of a partition become
 * extents of the disk. False: `upper` goes on behind the end of `lower`.
 */
bool layer_through(const struct layer *upper, const struct layer *lower, struct layer *ret_layer);
