#include "store/shelf.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/crc32c.h"
#include "lib/why.h"
#include "store/feeder.h"

#define FILLER "-"                 /* the name of a record of no meaning */
#define STEP   ((size_t)256 << 10) /* bytes that are summed, and copied while the cache has them */

_Static_assert(REGION_HEADER_SIZE == STORE_BLOCK, "a header is one block");

struct shelf {
        const struct store_pen *pen;
        struct feeder *feeder; /* NULL: nothing was written so far */
        uint64_t from, size;
        uint8_t run_id[16];
        uint64_t offset, number; /* of the next record, in the region; it begins a block */
        uint8_t *first;          /* that block */

        /* The record that is being written. */
        struct region_head head;
        struct sha256 hash;
        uint64_t at;        /* the next byte's offset in the region */
        uint8_t *piece;     /* of the feeder, for what is behind the first block; NULL: none yet */
        uint64_t piece_at;  /* where it will be in the region */
        uint64_t data_left; /* bytes of the file that are to come */
};

static uint64_t block_of(uint64_t offset)
{
        return offset / STORE_BLOCK * STORE_BLOCK;
}

/* Where the last header is: no record lies behind it. */
static uint64_t limit_of(uint64_t size)
{
        return size - REGION_HEADER_SIZE;
}

/* --- writing --- */

struct shelf *shelf_open(
        const struct store_pen *pen, uint64_t from, const uint8_t run_id[16], char *why)
{
        struct shelf *shelf;
        uint64_t room = pen->map->results;

        if (from % STORE_BLOCK != 0 || from > room || room - from < REGION_MIN_SIZE) {
                why_not(why, "the store has no room for files from %" PRIu64 " on: it has %" PRIu64,
                        from, room);
                return NULL;
        }
        shelf = calloc(1, sizeof(*shelf));
        if (shelf)
                shelf->first = store_pen_memory(STORE_BLOCK);
        if (!shelf || !shelf->first) {
                free(shelf);
                why_not(why, "no memory");
                return NULL;
        }
        shelf->pen = pen;
        shelf->from = from;
        shelf->size = room - from;
        shelf->offset = REGION_HEADER_SIZE;
        memcpy(shelf->run_id, run_id, sizeof(shelf->run_id));
        return shelf;
}

uint64_t shelf_room(const struct shelf *shelf)
{
        return limit_of(shelf->size) - shelf->offset;
}

/* Both headers, and nothing that looks like a record behind the first. */
static bool write_headers(struct shelf *shelf, char *why)
{
        _cleanup_free_ uint8_t *page = store_pen_memory(STORE_BLOCK);
        _cleanup_free_ uint8_t *nothing = store_pen_memory(STORE_BLOCK);

        if (!page || !nothing)
                return why_not(why, "no memory");
        region_make_header(shelf->size, shelf->run_id, REGION_RUNNING, page);
        return store_pen_write(
                       shelf->pen, shelf->from + REGION_HEADER_SIZE, nothing, STORE_BLOCK, why) &&
               store_pen_write(shelf->pen, shelf->from, page, STORE_BLOCK, why) &&
               store_pen_write(
                       shelf->pen, shelf->from + limit_of(shelf->size), page, STORE_BLOCK, why);
}

static bool start(struct shelf *shelf, char *why)
{
        if (shelf->feeder)
                return true;
        if (!write_headers(shelf, why))
                return false;
        shelf->feeder = feeder_start(shelf->pen, FEEDER_WRITES);
        return shelf->feeder || why_not(why, "no memory, or no thread");
}

static void give_piece(struct shelf *shelf)
{
        if (!shelf->piece)
                return;
        feeder_give(shelf->feeder, shelf->from + shelf->piece_at,
                (size_t)(shelf->at - shelf->piece_at));
        shelf->piece_at = shelf->at;
        shelf->piece = NULL;
}

/* The place of the next byte, and how many there can be in one piece. */
static uint8_t *place_of_next(struct shelf *shelf, size_t *ret_room)
{
        uint64_t behind = shelf->offset + STORE_BLOCK;

        if (shelf->at < behind) {
                *ret_room = (size_t)(behind - shelf->at);
                return shelf->first + (shelf->at - shelf->offset);
        }
        if (shelf->piece && shelf->at - shelf->piece_at == FEEDER_PIECE)
                give_piece(shelf);
        if (!shelf->piece)
                shelf->piece = feeder_take(shelf->feeder);
        *ret_room = FEEDER_PIECE - (size_t)(shelf->at - shelf->piece_at);
        return shelf->piece + (shelf->at - shelf->piece_at);
}

/* `data` NULL: zeroes. */
static void put(struct shelf *shelf, const void *data, size_t length)
{
        for (size_t done = 0, room; done < length; done += room) {
                uint8_t *to = place_of_next(shelf, &room);

                if (room > length - done)
                        room = length - done;
                if (data)
                        memcpy(to, (const uint8_t *)data + done, room);
                else
                        memset(to, 0, room);
                shelf->at += room;
        }
}

bool shelf_begin(struct shelf *shelf, const char *path, uint64_t length, char *why)
{
        size_t name = strlen(path);

        if (name == 0 || name > REGION_MAX_NAME)
                return why_not(why, "%s", region_strerror(REGION_BAD_NAME));
        if (region_record_bytes(name, length) > shelf_room(shelf))
                return why_not(why, "%s", region_strerror(REGION_FULL));
        if (!start(shelf, why))
                return false;
        shelf->head = (struct region_head){
                .type = REGION_FILE,
                .name_length = (uint32_t)name,
                .data_length = length,
                .number = shelf->number,
                .crc = crc32c(0, path, name),
        };
        sha256_init(&shelf->hash);
        shelf->at = shelf->offset;
        shelf->piece_at = shelf->offset + STORE_BLOCK;
        shelf->data_left = length;
        put(shelf, NULL, REGION_RECORD_SIZE);
        put(shelf, path, name);
        return true;
}

void shelf_add(struct shelf *shelf, const void *data, size_t length)
{
        if (length > shelf->data_left)
                abort();
        shelf->data_left -= length;
        for (size_t done = 0, step; done < length; done += step) {
                const uint8_t *from = (const uint8_t *)data + done;

                step = length - done < STEP ? length - done : STEP;
                sha256_update(&shelf->hash, from, step);
                shelf->head.crc = crc32c(shelf->head.crc, from, step);
                put(shelf, from, step);
        }
}

/*
 * A record of no meaning, to the end of the block: so each file begins a block, and what is written
 * for one never touches another that is there. Returns how many records there are, or none: what is
 * left is too little for one, and for anything else.
 */
static uint64_t put_filler(struct shelf *shelf, uint64_t end)
{
        static const uint8_t zeroes[STORE_BLOCK];
        struct region_head head = { .type = REGION_FILLER, .number = shelf->number + 1 };
        uint64_t span = (STORE_BLOCK - end % STORE_BLOCK) % STORE_BLOCK;
        uint8_t bytes[REGION_RECORD_SIZE];

        if (span > 0 && span < 2 * REGION_ALIGN)
                span += STORE_BLOCK; /* it has a header and a name */
        if (span == 0 || span > limit_of(shelf->size) - end)
                return 0;
        head.name_length = sizeof(FILLER) - 1;
        head.data_length = span - REGION_RECORD_SIZE - head.name_length;
        head.crc = crc32c(0, FILLER, head.name_length);
        for (uint64_t left = head.data_length, next; left > 0; left -= next) {
                next = left < sizeof(zeroes) ? left : sizeof(zeroes);
                head.crc = crc32c(head.crc, zeroes, next);
        }
        region_make_head(&head, bytes);
        put(shelf, bytes, sizeof(bytes));
        put(shelf, FILLER, head.name_length);
        put(shelf, NULL, head.data_length);
        return 1;
}

/* Zeroes to the end of the block, and a block of them, behind which anything may lie. */
static void put_end(struct shelf *shelf)
{
        uint64_t end = block_of(shelf->at + STORE_BLOCK - 1) + STORE_BLOCK;

        if (end > limit_of(shelf->size))
                end = limit_of(shelf->size);
        put(shelf, NULL, (size_t)(end - shelf->at));
}

/* All but the first block, and then that with the header in it. */
static bool settle(struct shelf *shelf, char *why)
{
        give_piece(shelf);
        if (!feeder_settle(shelf->feeder, why))
                return false;
        region_make_head(&shelf->head, shelf->first);
        return store_pen_write(
                shelf->pen, shelf->from + shelf->offset, shelf->first, STORE_BLOCK, why);
}

bool shelf_end(struct shelf *shelf, struct shelf_place *ret_place, uint8_t ret_sha256[SHA256_SIZE],
        char *why)
{
        static const uint8_t zeroes[REGION_ALIGN];
        uint64_t next = shelf->offset +
                        region_record_bytes(shelf->head.name_length, shelf->head.data_length);
        uint64_t fillers;

        if (shelf->data_left > 0)
                abort();
        shelf->head.crc = crc32c(shelf->head.crc, zeroes, (size_t)(next - shelf->at));
        put(shelf, NULL, (size_t)(next - shelf->at));
        fillers = put_filler(shelf, next);
        next = shelf->at;
        put_end(shelf);
        if (!settle(shelf, why)) {
                shelf_drop(shelf);
                return false;
        }
        sha256_final(&shelf->hash, ret_sha256);
        *ret_place = (struct shelf_place){ shelf->from, shelf->size, shelf->offset, shelf->number };
        shelf->offset = next % STORE_BLOCK ? limit_of(shelf->size) : next;
        shelf->number += 1 + fillers;
        return true;
}

void shelf_drop(struct shelf *shelf)
{
        char why[WHY_SIZE];

        shelf->piece = NULL; /* it was not given: it is the next one's */
        if (shelf->feeder)
                feeder_settle(shelf->feeder, why);
}

bool shelf_sync(const struct shelf *shelf, char *why)
{
        return !shelf->feeder || store_pen_sync(shelf->pen, why);
}

void shelf_free(struct shelf *shelf)
{
        if (!shelf)
                return;
        feeder_free(shelf->feeder);
        free(shelf->first);
        free(shelf);
}

/* --- reading --- */

struct reading {
        const struct store_pen *pen;
        const struct shelf_place *place;
        uint8_t *piece; /* of FEEDER_PIECE bytes: headers */
        struct region_head head;
        uint32_t crc;
        bool (*take)(void *context, const void *data, size_t length);
        void *context;
};

static bool check_place(const struct reading *reading, char *why)
{
        const struct shelf_place *place = reading->place;
        uint64_t room = reading->pen->map->room;

        if (place->from % STORE_BLOCK != 0 || place->size % STORE_BLOCK != 0 ||
                place->size < REGION_MIN_SIZE || place->from > room ||
                place->size > room - place->from || place->offset < REGION_HEADER_SIZE ||
                place->offset % STORE_BLOCK != 0 ||
                place->offset > limit_of(place->size) - REGION_RECORD_SIZE)
                return why_not(why, "it is said to be where nothing can be");
        return true;
}

/* Either header will do: a disk that has lost one has it twice. */
static bool is_of_run(const struct reading *reading, const uint8_t run_id[16], char *why)
{
        const struct shelf_place *place = reading->place;
        const uint64_t at[] = { 0, limit_of(place->size) };
        struct region_info info;

        for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
                if (!store_pen_read(
                            reading->pen, place->from + at[i], reading->piece, STORE_BLOCK, why))
                        return false;
                if (region_read_header(reading->piece, place->size, &info) != REGION_OK)
                        continue;
                return memcmp(info.run_id, run_id, sizeof(info.run_id)) == 0 ||
                       why_not(why, "the files in the store are another run's");
        }
        return why_not(why, "there are no files in the store");
}

/* Bytes of the piece of the region that begins with `block` and goes no further than `end`. */
static size_t piece_of(uint64_t block, uint64_t end)
{
        uint64_t length = block < end ? block_of(end - 1) + STORE_BLOCK - block : 0;

        return length < FEEDER_PIECE ? (size_t)length : FEEDER_PIECE;
}

static bool read_piece(
        const struct reading *reading, uint64_t block, uint64_t end, size_t *ret_length, char *why)
{
        *ret_length = piece_of(block, end);
        return store_pen_read(
                reading->pen, reading->place->from + block, reading->piece, *ret_length, why);
}

static bool is_record(const struct reading *reading, const char *path, uint64_t length,
        const uint8_t *bytes, size_t there, char *why)
{
        size_t name = strlen(path);

        if (reading->head.type != REGION_FILE || reading->head.name_length != name ||
                there < REGION_RECORD_SIZE + name ||
                memcmp(bytes + REGION_RECORD_SIZE, path, name) != 0)
                return why_not(why, "another file is where it should be");
        return reading->head.data_length == length ||
               why_not(why, "it has %" PRIu64 " bytes there, and should have %" PRIu64,
                       reading->head.data_length, length);
}

/* The record in the region: what its checksum is of from `begin` on, and its file's bytes. */
struct span {
        uint64_t begin, data, data_end, end;
};

/* What of it is in a piece at `block`. */
static bool take_piece(struct reading *reading, const struct span *span, uint64_t block,
        const uint8_t *piece, size_t length)
{
        uint64_t to = block + length < span->end ? block + length : span->end;
        uint64_t first = span->begin > block ? span->begin : block;
        uint64_t last = span->data_end < to ? span->data_end : to;

        if (first < to)
                reading->crc = crc32c(reading->crc, piece + (first - block), (size_t)(to - first));
        first = span->data > block ? span->data : block;
        return first >= last ||
               reading->take(reading->context, piece + (first - block), (size_t)(last - first));
}

/* Piece by piece, the next ones being on their way. */
static bool take_all(
        struct reading *reading, struct feeder *feeder, const struct span *span, char *why)
{
        uint64_t block = block_of(span->begin), asked = block;

        for (unsigned ahead = 0; block < span->end; ahead--) {
                size_t length = piece_of(block, span->end), next;
                const uint8_t *piece;

                for (; ahead < FEEDER_AHEAD && (next = piece_of(asked, span->end)) > 0; ahead++) {
                        feeder_ask(feeder, reading->place->from + asked, next);
                        asked += next;
                }
                piece = feeder_get(feeder, why);
                if (!piece)
                        return false;
                if (!take_piece(reading, span, block, piece, length))
                        return why_not(why, "%s", "");
                block += length;
        }
        return reading->crc == reading->head.crc ||
               why_not(why, "its checksum in the store is wrong");
}

static bool read_record(struct reading *reading, uint64_t length, const char *path, char *why)
{
        uint64_t offset = reading->place->offset;
        struct span span = { .begin = offset + REGION_RECORD_SIZE };
        size_t name = strlen(path), there;
        struct feeder *feeder;
        bool good;

        /* its header and its name, which may go on in the next block */
        if (!read_piece(reading, offset, span.begin + name, &there, why))
                return false;
        if (region_read_head(reading->piece, reading->place->number,
                    limit_of(reading->place->size) - offset, &reading->head) != REGION_OK)
                return why_not(why, "there is no file where it should be");
        if (!is_record(reading, path, length, reading->piece, there, why))
                return false;
        span.data = span.begin + name;
        span.data_end = span.data + length;
        span.end = offset + region_record_bytes(name, length);
        feeder = feeder_start(reading->pen, FEEDER_READS);
        if (!feeder)
                return why_not(why, "no memory, or no thread");
        good = take_all(reading, feeder, &span, why);
        feeder_free(feeder);
        return good;
}

bool shelf_read(const struct store_pen *pen, const struct shelf_place *place,
        const uint8_t run_id[16], const char *path, uint64_t length,
        bool (*take)(void *context, const void *data, size_t length), void *context, char *why)
{
        _cleanup_free_ uint8_t *piece = aligned_alloc(STORE_BLOCK, FEEDER_PIECE);
        struct reading reading = {
                .pen = pen, .place = place, .piece = piece, .take = take, .context = context
        };

        if (!piece)
                return why_not(why, "no memory");
        return check_place(&reading, why) && is_of_run(&reading, run_id, why) &&
               read_record(&reading, length, path, why);
}
