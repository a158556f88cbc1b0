/*
 * The only code that writes to a disk. A pen is made when each extent of a map has been found where
 * it should be, on a disk of the right size; it then writes into the room of these extents that is
 * for results, and nowhere else: neither over their first blocks nor behind their ends, nor over
 * inputs, whatever it is asked for.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/map.h"

struct store_pen {
        int fd; /* of the disk; the caller's */
        const struct store_map *map;
};

/*
 * Looks at every extent's first block. `fd` is the whole disk, of `size` bytes, for reading and
 * writing, and may be O_DIRECT. When false, `why` (WHY_SIZE bytes) says what is not as it should
 * be, and nothing was written. The map must outlive the pen.
 */
bool store_pen_open(
        int fd, uint64_t size, const struct store_map *map, struct store_pen *ret_pen, char *why);

/*
 * Writes whole blocks into the store's room for results, at `offset` of it; `data` is aligned to
 * STORE_BLOCK, for O_DIRECT. When false, `why` says what the disk said, or that it would not all be
 * in the store, and then nothing was written.
 */
bool store_pen_write(
        const struct store_pen *pen, uint64_t offset, const void *data, size_t length, char *why);

/* Reads whole blocks of the store's room, inputs too, in the same way. */
bool store_pen_read(
        const struct store_pen *pen, uint64_t offset, void *ret_data, size_t length, char *why);

/* Waits until the disk has all that was written. */
bool store_pen_sync(const struct store_pen *pen, char *why);

/* Zeroed memory of whole blocks, as O_DIRECT takes it. For free; NULL: there is none. */
void *store_pen_memory(size_t size);
