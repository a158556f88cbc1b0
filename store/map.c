#include "store/map.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/grow.h"
#include "lib/hex.h"
#include "lib/number.h"
#include "lib/why.h"

#define LINE_MAX_BYTES 256u

/* --- lines --- */

/* A value, into where it belongs in the map. False: it is not such a value. */
typedef bool read_value(const char *text, struct store_map *map, void *ret_value);

static bool read_number(const char *text, struct store_map *map, void *ret_value)
{
        (void)map;
        return number_u64(text, ret_value);
}

static bool read_uuid(const char *text, struct store_map *map, void *ret_value)
{
        (void)map;
        return uuid_parse(text, strlen(text), ret_value);
}

static bool read_digits(const char *text, struct store_map *map, void *ret_value)
{
        uint8_t *bytes = ret_value;

        (void)map;
        if (strlen(text) != 2 * sizeof(map->host))
                return false;
        for (size_t i = 0; i < sizeof(map->host); i++) {
                int byte = hex_read(text + 2 * i);

                if (byte < 0)
                        return false;
                bytes[i] = (uint8_t)byte;
        }
        return true;
}

/* Whatever a disk may call itself, but nothing that could end a line. */
static bool read_word(const char *text, struct store_map *map, void *ret_value)
{
        size_t length = strlen(text);

        (void)map;
        if (length == 0 || length >= STORE_WORD || text[0] == ' ' || text[length - 1] == ' ')
                return false;
        for (size_t i = 0; i < length; i++)
                if (text[i] < ' ' || text[i] > '~')
                        return false;
        memcpy(ret_value, text, length + 1);
        return true;
}

static bool read_table(const char *text, struct store_map *map, void *ret_value)
{
        uint8_t uuid[16];

        (void)map;
        if (!uuid_parse(text, strlen(text), uuid))
                return false;
        uuid_format(uuid, ret_value);
        return true;
}

static bool read_extent(const char *text, struct store_map *map, void *ret_value)
{
        const char *blank = strchr(text, ' ');
        struct store_extent extent = { 0 }, *list;

        (void)ret_value;
        if (!blank || map->count >= STORE_EXTENTS_MAX ||
                !number_parse(text, (size_t)(blank - text), &extent.start) ||
                !number_u64(blank + 1, &extent.length))
                return false;
        list = grow(map->extents, map->count, sizeof(*list));
        if (!list)
                return false;
        map->extents = list;
        list[map->count++] = extent;
        return true;
}

static const struct key {
        const char *name, *what;
        read_value *read;
        size_t offset;
        bool again; /* may stand there more than once */
} keys[] = {
        { "id", "a UUID", read_uuid, offsetof(struct store_map, id), false },
        { "host", "32 hexadecimal digits", read_digits, offsetof(struct store_map, host), false },
        { "generation", "a number", read_number, offsetof(struct store_map, generation), false },
        { "disk-size", "a number", read_number, offsetof(struct store_map, disk.size), false },
        { "disk-wwn", "a word", read_word, offsetof(struct store_map, disk.wwn), false },
        { "disk-serial", "a word", read_word, offsetof(struct store_map, disk.serial), false },
        { "disk-table", "a UUID", read_table, offsetof(struct store_map, disk.table), false },
        { "extent", "a start and a length in bytes, at most 65536 times", read_extent, 0, true },
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

struct reading {
        struct store_map map;
        size_t line;
        unsigned seen; /* bit i: keys[i] */
        char *why;
};

static bool take_line(struct reading *reading, char *line)
{
        char *value = strchr(line, ' ');

        if (reading->line == 1)
                return strcmp(line, "store 1") == 0 ||
                       why_not(reading->why,
                               "line 1: not \"store 1\": not a store's map, or of another version");
        if (!value)
                return why_not(reading->why, "line %zu: a key and no value", reading->line);
        *value++ = '\0';
        for (size_t i = 0; i < KEYS; i++) {
                if (strcmp(line, keys[i].name) != 0)
                        continue;
                if (reading->seen & 1u << i && !keys[i].again)
                        return why_not(reading->why, "line %zu: %s for the second time",
                                reading->line, line);
                reading->seen |= 1u << i;
                return keys[i].read(
                               value, &reading->map, (uint8_t *)&reading->map + keys[i].offset) ||
                       why_not(reading->why, "line %zu: %s is not %s", reading->line, line,
                               keys[i].what);
        }
        return why_not(reading->why, "line %zu: there is no key of that name", reading->line);
}

static bool read_lines(struct reading *reading, const char *text, size_t length)
{
        const char *end = text + length;

        while (text < end) {
                const char *stop = memchr(text, '\n', (size_t)(end - text));
                char line[LINE_MAX_BYTES];

                reading->line++;
                if (!stop)
                        return why_not(reading->why, "line %zu has no end", reading->line);
                if ((size_t)(stop - text) >= sizeof(line))
                        return why_not(reading->why, "line %zu is too long", reading->line);
                if (memchr(text, '\0', (size_t)(stop - text)))
                        return why_not(reading->why, "line %zu: a NUL byte", reading->line);
                memcpy(line, text, (size_t)(stop - text));
                line[stop - text] = '\0';
                if (!take_line(reading, line))
                        return false;
                text = stop + 1;
        }
        return reading->line > 0 || why_not(reading->why, "a map without a line");
}

static bool has_all(const struct reading *reading)
{
        static const char *const needed[] = { "id", "host", "generation", "disk-size" };

        for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
                for (size_t key = 0; key < KEYS; key++)
                        if (strcmp(keys[key].name, needed[i]) == 0 && !(reading->seen & 1u << key))
                                return why_not(reading->why, "no line has %s", needed[i]);
        return true;
}

bool store_map_parse(const char *text, size_t length, struct store_map *ret_map, char *why)
{
        struct reading reading = { .why = why };

        if (!read_lines(&reading, text, length) || !has_all(&reading) ||
                !store_map_check(&reading.map, why)) {
                store_map_free(&reading.map);
                return false;
        }
        *ret_map = reading.map;
        return true;
}

/* --- what it says --- */

static bool check_extent(const struct store_map *map, size_t i, char *why)
{
        const struct store_extent *extent = &map->extents[i];

        if ((extent->start | extent->length) % STORE_BLOCK != 0)
                return why_not(
                        why, "extent %zu is not of whole blocks of %u bytes", i, STORE_BLOCK);
        if (extent->length < 2 * (uint64_t)STORE_BLOCK)
                return why_not(why, "extent %zu has no room", i);
        /* Neither what the disk is divided by, nor anything behind its end. */
        if (extent->start == 0)
                return why_not(why, "extent %zu is the disk's first block", i);
        if (extent->length > map->disk.size || extent->start > map->disk.size - extent->length)
                return why_not(why, "extent %zu ends behind the disk's end", i);
        return true;
}

static int by_start(const void *a, const void *b)
{
        const struct store_extent *const *one = a, *const *other = b;

        return ((*one)->start > (*other)->start) - ((*one)->start < (*other)->start);
}

static bool none_over_another(const struct store_map *map, char *why)
{
        _cleanup_free_ const struct store_extent **sorted = calloc(map->count, sizeof(*sorted));

        if (!sorted)
                return why_not(why, "no memory");
        for (size_t i = 0; i < map->count; i++)
                sorted[i] = &map->extents[i];
        qsort(sorted, map->count, sizeof(*sorted), by_start);
        for (size_t i = 1; i < map->count; i++)
                if (sorted[i]->start - sorted[i - 1]->start < sorted[i - 1]->length)
                        return why_not(why, "extents %td and %td lie one over the other",
                                sorted[i - 1] - map->extents, sorted[i] - map->extents);
        return true;
}

bool store_map_check(struct store_map *map, char *why)
{
        uint64_t room = 0;

        if (map->disk.size > INT64_MAX) /* where a program can write: off_t */
                return why_not(why, "no disk has %" PRIu64 " bytes", map->disk.size);
        if (!*map->disk.wwn && !*map->disk.serial && !*map->disk.table)
                return why_not(why,
                        "nothing tells its disk from others: neither a WWN, nor a serial "
                        "number, nor a GPT");
        if (map->count == 0)
                return why_not(why, "there is no extent");
        for (size_t i = 0; i < map->count; i++) {
                if (!check_extent(map, i, why))
                        return false;
                map->extents[i].room = room;
                room += map->extents[i].length - STORE_BLOCK; /* no overflow: on one disk, below */
        }
        if (!none_over_another(map, why))
                return false;
        map->room = room;
        return true;
}

void store_map_free(struct store_map *map)
{
        free(map->extents);
        *map = (struct store_map){ 0 };
}

/* --- as text --- */

static void write_head(FILE *file, const struct store_map *map)
{
        char id[UUID_LENGTH + 1];

        uuid_format(map->id, id);
        fprintf(file, "store %u\nid %s\nhost ", STORE_VERSION, id);
        for (size_t i = 0; i < sizeof(map->host); i++)
                fprintf(file, "%02x", map->host[i]);
        fprintf(file, "\ngeneration %" PRIu64 "\ndisk-size %" PRIu64 "\n", map->generation,
                map->disk.size);
}

static void write_word(FILE *file, const char *key, const char *word)
{
        if (*word)
                fprintf(file, "%s %s\n", key, word);
}

char *store_map_format(const struct store_map *map, size_t *ret_length)
{
        _cleanup_free_ char *text = NULL;
        size_t length;
        FILE *file = open_memstream(&text, &length);

        if (!file)
                return NULL;
        write_head(file, map);
        write_word(file, "disk-wwn", map->disk.wwn);
        write_word(file, "disk-serial", map->disk.serial);
        write_word(file, "disk-table", map->disk.table);
        for (size_t i = 0; i < map->count; i++)
                fprintf(file, "extent %" PRIu64 " %" PRIu64 "\n", map->extents[i].start,
                        map->extents[i].length);
        if (fclose(file) != 0)
                return NULL;
        *ret_length = length;
        return TAKE_PTR(text);
}

bool store_map_digest(const struct store_map *map, uint8_t ret_digest[SHA256_SIZE])
{
        size_t length;
        _cleanup_free_ char *text = store_map_format(map, &length);

        if (!text)
                return false;
        sha256(text, length, ret_digest);
        return true;
}

/* --- where a byte is --- */

/* The extent that has byte `offset` of the room. */
static const struct store_extent *extent_of(const struct store_map *map, uint64_t offset)
{
        size_t low = 0, high = map->count;

        while (high - low > 1) {
                size_t middle = low + (high - low) / 2;

                if (map->extents[middle].room <= offset)
                        low = middle;
                else
                        high = middle;
        }
        return &map->extents[low];
}

bool store_map_find(const struct store_map *map, uint64_t offset, uint64_t length,
        struct store_piece *ret_piece)
{
        const struct store_extent *extent;
        uint64_t inside, left;

        if (length == 0 || offset >= map->room || length > map->room - offset)
                return false;
        extent = extent_of(map, offset);
        inside = offset - extent->room;
        left = extent->length - STORE_BLOCK - inside;
        *ret_piece = (struct store_piece){
                .start = extent->start + STORE_BLOCK + inside,
                .length = length < left ? length : left,
        };
        return true;
}
