#include "store/pen.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/why.h"
#include "store/head.h"

/* All of it; a disk that ends early is an error. 0 or a negative errno. */
static int read_at(int fd, uint64_t start, void *data, size_t length)
{
        for (size_t done = 0; done < length;) {
                ssize_t got = pread(fd, (char *)data + done, length - done, (off_t)(start + done));

                if (got < 0 && errno == EINTR)
                        continue;
                if (got <= 0)
                        return got < 0 ? -errno : -EIO;
                done += (size_t)got;
        }
        return 0;
}

/*
 * The limiter. What it is asked for has been looked up in the map already; it is held against the
 * extents once more, by their bytes on the disk alone, so that a mistake in that ends here. What is
 * behind the room that may be written are inputs.
 */
static bool is_room(const struct store_map *map, uint64_t start, uint64_t length)
{
        for (size_t i = 0; i < map->count; i++) {
                uint64_t first = map->extents[i].start + STORE_BLOCK;
                uint64_t end = map->extents[i].start + map->extents[i].length;

                if (map->writable < map->extents[i].room + (end - first))
                        end = map->writable > map->extents[i].room
                                      ? first + (map->writable - map->extents[i].room)
                                      : first;
                if (start >= first && start < end)
                        return length <= end - start;
        }
        return false;
}

static int write_at(const struct store_pen *pen, uint64_t start, const void *data, size_t length)
{
        if (!is_room(pen->map, start, length))
                abort();
        for (size_t done = 0; done < length;) {
                ssize_t put = pwrite(
                        pen->fd, (const char *)data + done, length - done, (off_t)(start + done));

                if (put < 0 && errno == EINTR)
                        continue;
                if (put <= 0)
                        return put < 0 ? -errno : -EIO;
                done += (size_t)put;
        }
        return 0;
}

static bool heads_are_there(int fd, const struct store_map *map, char *why)
{
        _cleanup_free_ struct store_head *head = aligned_alloc(STORE_BLOCK, STORE_BLOCK);
        uint8_t digest[SHA256_SIZE];

        if (!head || !store_map_digest(map, digest))
                return why_not(why, "no memory");
        for (size_t i = 0; i < map->count; i++) {
                int error = read_at(fd, map->extents[i].start, head, sizeof(*head));

                if (error < 0)
                        return why_not(why, "the first block of extent %zu cannot be read: %s", i,
                                strerror(-error));
                if (!store_head_check(map, digest, i, head, why))
                        return false;
        }
        return true;
}

bool store_pen_open(
        int fd, uint64_t size, const struct store_map *map, struct store_pen *ret_pen, char *why)
{
        if (size != map->disk.size)
                return why_not(why, "the disk has %" PRIu64 " bytes, and the store's had %" PRIu64,
                        size, map->disk.size);
        if (!heads_are_there(fd, map, why))
                return false;
        *ret_pen = (struct store_pen){ fd, map };
        return true;
}

/* Whether all of it is blocks of the first `room` bytes of the store's. */
static bool can_be(uint64_t room, uint64_t offset, const void *data, size_t length, char *why)
{
        if (offset % STORE_BLOCK != 0 || length % STORE_BLOCK != 0 ||
                (uintptr_t)data % STORE_BLOCK != 0)
                return why_not(why, "not whole blocks of %u bytes", STORE_BLOCK);
        if (offset > room || length > room - offset)
                return why_not(why,
                        "%zu bytes from %" PRIu64
                        " on are not all in the store, which has %" PRIu64,
                        length, offset, room);
        return true;
}

bool store_pen_write(
        const struct store_pen *pen, uint64_t offset, const void *data, size_t length, char *why)
{
        struct store_piece piece;

        if (!can_be(pen->map->writable, offset, data, length, why))
                return false;
        for (size_t done = 0; store_map_find(pen->map, offset + done, length - done, &piece);
                done += piece.length) {
                int error = write_at(pen, piece.start, (const char *)data + done, piece.length);

                if (error < 0)
                        return why_not(why,
                                "%" PRIu64 " bytes at %" PRIu64 " of the disk cannot be "
                                "written: %s",
                                piece.length, piece.start, strerror(-error));
        }
        return true;
}

bool store_pen_read(
        const struct store_pen *pen, uint64_t offset, void *ret_data, size_t length, char *why)
{
        struct store_piece piece;

        if (!can_be(pen->map->room, offset, ret_data, length, why))
                return false;
        for (size_t done = 0; store_map_find(pen->map, offset + done, length - done, &piece);
                done += piece.length) {
                int error = read_at(pen->fd, piece.start, (char *)ret_data + done, piece.length);

                if (error < 0)
                        return why_not(why,
                                "%" PRIu64 " bytes at %" PRIu64 " of the disk cannot be "
                                "read: %s",
                                piece.length, piece.start, strerror(-error));
        }
        return true;
}

bool store_pen_sync(const struct store_pen *pen, char *why)
{
        return fsync(pen->fd) == 0 || why_not(why, "the disk did not write: %s", strerror(errno));
}

void *store_pen_memory(size_t size)
{
        void *blocks = aligned_alloc(STORE_BLOCK, size);

        if (blocks)
                memset(blocks, 0, size);
        return blocks;
}
