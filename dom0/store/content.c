#include "dom0/store/content.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "store/head.h"

#define MARGIN ((size_t)1 << 20) /* where something says what a device is */

/* --- what is in it --- */

static bool is_zero(const uint8_t *data, size_t size)
{
        for (size_t i = 0; i < size; i++)
                if (data[i] != 0)
                        return false;
        return true;
}

bool content_is_empty(const struct holding *holding, struct failure *ret_error)
{
        const uint64_t ends[] = { 0, holding->length - MARGIN };
        _cleanup_free_ uint8_t *data = holding_memory(MARGIN);

        for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
                if (pread(holding->fd, data, MARGIN, (off_t)ends[i]) != MARGIN)
                        return fail_errno(ret_error, EXIT_FAIL, "cannot read", holding->path);
                if (!is_zero(data, MARGIN))
                        return fail(ret_error, EXIT_FAIL,
                                "something stands in the %s MiB of %s. If nobody needs what is on "
                                "it: dd if=/dev/zero of=%s bs=1M",
                                i == 0 ? "first" : "last", holding->path, holding->path);
        }
        return true;
}

bool content_is_of(const struct holding *holding, const uint8_t id[16])
{
        _cleanup_free_ struct store_head *head = holding_memory(STORE_BLOCK);

        return pread(holding->fd, head, STORE_BLOCK, 0) == STORE_BLOCK &&
               memcmp(head->magic, STORE_HEAD_MAGIC, sizeof(head->magic)) == 0 &&
               memcmp(head->id, id, sizeof(head->id)) == 0;
}

/* --- its first blocks --- */

bool content_mark(
        const struct holding *holding, const struct store_map *map, struct failure *ret_error)
{
        _cleanup_free_ struct store_head *head = holding_memory(STORE_BLOCK);
        uint8_t digest[SHA256_SIZE];
        uint64_t offset = 0;

        if (!store_map_digest(map, digest))
                return fail(ret_error, EXIT_FAIL, "no memory");
        for (size_t i = 0; i < map->count; offset += map->extents[i++].length) {
                store_head_make(map, digest, i, head);
                if (pwrite(holding->fd, head, STORE_BLOCK, (off_t)offset) != STORE_BLOCK)
                        return fail_errno(ret_error, EXIT_FAIL, "cannot write", holding->path);
        }
        return content_sync(holding, ret_error);
}

bool content_sync(const struct holding *holding, struct failure *ret_error)
{
        return fsync(holding->fd) == 0 ||
               fail_errno(ret_error, EXIT_FAIL, "cannot write to disk", holding->path);
}

/* Where in the holding a byte of the room is, and how many follow it there. */
static uint64_t find_room(const struct store_map *map, uint64_t offset, uint64_t *ret_length)
{
        uint64_t begin = 0;

        for (size_t i = 0; i < map->count; begin += map->extents[i++].length) {
                uint64_t room = map->extents[i].length - STORE_BLOCK;

                if (offset - map->extents[i].room >= room)
                        continue;
                *ret_length = room - (offset - map->extents[i].room);
                return begin + STORE_BLOCK + (offset - map->extents[i].room);
        }
        abort();
}

bool content_put(const struct holding *holding, const struct store_map *map, uint64_t offset,
        const void *data, size_t length, struct failure *ret_error)
{
        for (uint64_t done = 0, there; done < length; done += there) {
                uint64_t at = find_room(map, offset + done, &there);

                if (there > length - done)
                        there = length - done;
                if (pwrite(holding->fd, (const char *)data + done, there, (off_t)at) !=
                        (ssize_t)there)
                        return fail_errno(ret_error, EXIT_FAIL, "cannot write", holding->path);
        }
        return true;
}

static bool write_zeroes(const struct holding *holding, const void *zeroes, size_t length,
        uint64_t offset, struct failure *error)
{
        return pwrite(holding->fd, zeroes, length, (off_t)offset) == (ssize_t)length ||
               fail_errno(error, EXIT_FAIL, "cannot write", holding->path);
}

bool content_wipe(
        const struct holding *holding, const struct store_map *map, struct failure *ret_error)
{
        _cleanup_free_ void *zeroes = holding_memory(MARGIN);
        uint64_t offset = 0;

        memset(zeroes, 0, MARGIN);
        for (size_t i = 0; i < map->count; offset += map->extents[i++].length)
                if (offset <= holding->length - STORE_BLOCK &&
                        !write_zeroes(holding, zeroes, STORE_BLOCK, offset, ret_error))
                        return false;
        if (!write_zeroes(holding, zeroes, MARGIN, 0, ret_error) ||
                !write_zeroes(holding, zeroes, MARGIN, holding->length - MARGIN, ret_error))
                return false;
        return fsync(holding->fd) == 0 ||
               fail_errno(ret_error, EXIT_FAIL, "cannot write to disk", holding->path);
}
