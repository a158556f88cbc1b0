/*
 * Arbitrary bytes as a store's map, and arbitrary writes into a store of arbitrary extents. The
 * first byte of the input chooses:
 *
 *   map     the rest is the text of a map: what is read is written as it would be, and read again
 *   writes  extents, where an input begins if there is one, then pairs of offset and length to
 *           write: whatever they are, no byte of the disk outside of the extents' room for results
 *           changes, and what was written is read back
 *   files   where a file is said to be, how large it and its record, and what lies there: whoever
 *           reads it gets no more bytes than were said, and none that the checksum is not of
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/crc32c.h"
#include "lib/why.h"
#include "store/head.h"
#include "store/pen.h"
#include "store/shelf.h"
#include "tests/fuzz/must.h"

#define BLOCKS  64u
#define DISK    ((size_t)BLOCKS * STORE_BLOCK)
#define EXTENTS 6u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t before[DISK], now[DISK];
static uint8_t written[16 * STORE_BLOCK] __attribute__((aligned(STORE_BLOCK)));
static uint8_t back[16 * STORE_BLOCK] __attribute__((aligned(STORE_BLOCK)));

static void check_pieces(const struct store_map *map)
{
        struct store_piece piece;
        uint64_t room = 0;

        for (; room < map->room; room += piece.length)
                must(store_map_find(map, room, map->room - room, &piece) && piece.length > 0);
        must(room == map->room && !store_map_find(map, room, 1, &piece));
}

static void try_map(const uint8_t *data, size_t size)
{
        struct store_map map, again;
        char why[WHY_SIZE];
        size_t length;
        char *text;

        if (!store_map_parse("m", (const char *)data, size, &map, why)) {
                must(*why);
                return;
        }
        check_pieces(&map);
        text = store_map_format(&map, &length);
        must(store_map_parse("m", text, length, &again, why));
        must(again.count == map.count && again.room == map.room && again.results == map.results &&
                again.writable == map.writable && map.results <= map.writable &&
                map.writable <= map.room && again.checkpoint_count == map.checkpoint_count &&
                again.input_count == map.input_count && again.generation == map.generation);
        free(text);
        store_map_free(&again);
        store_map_free(&map);
}

static bool is_room(const struct store_map *map, size_t at)
{
        for (size_t i = 0; i < map->count; i++)
                if (at >= map->extents[i].start + STORE_BLOCK &&
                        at < map->extents[i].start + map->extents[i].length)
                        return map->extents[i].room + (at - map->extents[i].start) - STORE_BLOCK <
                               map->writable;
        return false;
}

static void nothing_else_changed(int fd, const struct store_map *map)
{
        must(pread(fd, now, DISK, 0) == (ssize_t)DISK);
        for (size_t block = 0; block < BLOCKS; block++) {
                size_t at = block * STORE_BLOCK;

                must(is_room(map, at) || memcmp(now + at, before + at, STORE_BLOCK) == 0);
        }
}

static void make_disk(int fd, const struct store_map *map)
{
        uint8_t digest[SHA256_SIZE];

        memset(before, 0xda, sizeof(before));
        must(store_map_digest(map, digest));
        for (size_t i = 0; i < map->count; i++) {
                struct store_head head;

                store_head_make(map, digest, i, &head);
                memcpy(before + map->extents[i].start, &head, sizeof(head));
        }
        must(pwrite(fd, before, DISK, 0) == (ssize_t)DISK);
}

/* In half blocks, so that some are not whole; up to twice the disk. */
static void write_some(const struct store_pen *pen, const uint8_t *data, size_t size)
{
        char why[WHY_SIZE];

        for (size_t i = 0; i + 1 < size; i += 2) {
                uint64_t offset = data[i] * (STORE_BLOCK / 2u);
                size_t length = data[i + 1] % 32 * (STORE_BLOCK / 2u);
                bool whole = offset % STORE_BLOCK == 0 && length % STORE_BLOCK == 0;
                bool fits = whole && offset + length <= pen->map->writable;

                memset(written, (int)i, sizeof(written));
                must(store_pen_write(pen, offset, written, length, why) == fits);
                must(store_pen_read(pen, offset, back, length, why) ==
                        (whole && offset + length <= pen->map->room));
                must(!fits || memcmp(back, written, length) == 0);
        }
}

static void try_writes(const uint8_t *data, size_t size)
{
        struct store_input input = { .bytes = STORE_BLOCK, .name = (char *)"i" };
        struct store_extent extents[EXTENTS];
        struct store_map map = {
                .generation = 1, .disk = { DISK, "w", "", "" }, .extents = extents
        };
        struct store_pen pen;
        char why[WHY_SIZE];
        int fd;

        for (; map.count < EXTENTS && size >= 2 && data[0] < 128; data += 2, size -= 2)
                extents[map.count++] = (struct store_extent){
                        .start = (uint64_t)(data[0] % BLOCKS) * STORE_BLOCK,
                        .length = (uint64_t)(data[1] % 16) * STORE_BLOCK,
                };
        if (size >= 2 && data[0] >= 192) {
                input.offset = (uint64_t)(data[1] % BLOCKS) * STORE_BLOCK;
                map.inputs = &input;
                map.input_count = 1;
                data += 2;
                size -= 2;
        }
        if (!store_map_check(&map, why))
                return;
        check_pieces(&map);
        fd = memfd_create("disk", MFD_CLOEXEC);
        make_disk(fd, &map);
        must(store_pen_open(fd, DISK, &map, &pen, why));
        write_some(&pen, data, size);
        nothing_else_changed(fd, &map);
        close(fd);
}

/* --- files --- */

#define ROOM_BLOCKS 40u

struct said {
        uint8_t from, size, offset, number, name_length, type;
        uint16_t length, data_length;
};

static bool count(void *context, const void *bytes, size_t length)
{
        size_t *left = context;

        must(length <= *left && (length == 0 || bytes));
        *left -= length;
        return true;
}

/* A region of all the room but its first block, with a record in its third that says what the input
 * does, and the rest of the input behind that. */
static void lay_out(const struct store_pen *pen, const struct said *said, const uint8_t run[16],
        const uint8_t *data, size_t size)
{
        uint64_t last = pen->map->room - STORE_BLOCK;
        struct region_head head = { .type = said->type,
                .number = said->number / 2,
                .name_length = said->name_length,
                .data_length = said->data_length };
        char why[WHY_SIZE];

        memset(written, 0, sizeof(written));
        region_make_header(last, run, REGION_RUNNING, written);
        must(store_pen_write(pen, STORE_BLOCK, written, STORE_BLOCK, why));
        size = size < STORE_BLOCK ? size : STORE_BLOCK;
        memcpy(written + REGION_RECORD_SIZE, data, size);
        head.crc = crc32c(0, data, size);
        region_make_head(&head, written);
        must(store_pen_write(pen, STORE_BLOCK + 2 * STORE_BLOCK, written, 4 * STORE_BLOCK, why));
}

static void try_files(const uint8_t *data, size_t size)
{
        static const uint8_t run[16] = { 1 };
        struct store_extent extent = { .start = STORE_BLOCK, .length = ROOM_BLOCKS * STORE_BLOCK };
        struct store_map map = {
                .generation = 1, .disk = { DISK, "w", "", "" }, .extents = &extent, .count = 1
        };
        struct shelf_place place;
        struct store_pen pen;
        struct said said;
        size_t left;
        char why[WHY_SIZE];
        int fd;

        if (size < sizeof(said))
                return;
        memcpy(&said, data, sizeof(said));
        must(store_map_check(&map, why));
        fd = memfd_create("disk", MFD_CLOEXEC);
        make_disk(fd, &map);
        must(store_pen_open(fd, DISK, &map, &pen, why));
        lay_out(&pen, &said, run, data + sizeof(said), size - sizeof(said));
        place = (struct shelf_place){ said.from * (STORE_BLOCK / 2u),
                map.room - (uint64_t)said.size * (STORE_BLOCK / 2u),
                said.offset * (STORE_BLOCK / 2u), said.number / 2 };
        left = said.length;
        if (shelf_read(&pen, &place, run, "f", said.length, count, &left, why))
                must(left == 0 && said.type == REGION_FILE && said.length == said.data_length);
        else
                must(*why);
        close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        if (size == 0)
                return 0;
        if (data[0] & 1)
                try_map(data + 1, size - 1);
        else if (data[0] & 64)
                try_files(data + 1, size - 1);
        else
                try_writes(data + 1, size - 1);
        return 0;
}
