#include "store/map.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "efi/parse/keyvalue.h"
#include "lib/cleanup.h"
#include "lib/grow.h"
#include "lib/hex.h"
#include "lib/number.h"
#include "lib/path.h"
#include "lib/why.h"
#include "store/verity.h"

/* --- reading --- */

/* Whether a value could be read; if not, what was expected instead. */
static bool expect(bool read, const char *what, struct slice value, struct text *reason)
{
        if (!read)
                text_add(reason, "expected %s, not \"" SLICE_FORMAT "\"", what, SLICE_PRINT(value));
        return read;
}

static bool set_store(void *target, struct slice value, struct text *reason)
{
        struct store_map *map = target;

        return keyvalue_number(value, STORE_VERSION, STORE_VERSION, &map->version, reason);
}

static bool set_id(void *target, struct slice value, struct text *reason)
{
        struct store_map *map = target;

        return expect(uuid_parse(value.data, value.length, map->id), "a UUID", value, reason);
}

static bool digits(struct slice value, uint8_t *bytes, size_t count)
{
        if (value.length != 2 * count)
                return false;
        for (size_t i = 0; i < count; i++) {
                int byte = hex_read(value.data + 2 * i);

                if (byte < 0)
                        return false;
                bytes[i] = (uint8_t)byte;
        }
        return true;
}

static bool set_host(void *target, struct slice value, struct text *reason)
{
        struct store_map *map = target;

        return expect(digits(value, map->host, sizeof(map->host)), "32 hexadecimal digits", value,
                reason);
}

static bool set_generation(void *target, struct slice value, struct text *reason)
{
        struct store_map *map = target;

        return keyvalue_number(value, 1, UINT64_MAX, &map->generation, reason);
}

static bool set_size(void *target, struct slice value, struct text *reason)
{
        struct store_map *map = target;

        return keyvalue_number(value, 1, INT64_MAX, &map->disk.size, reason);
}

/* Whatever a disk may call itself; the format has no control characters. */
static bool set_word(char word[STORE_WORD], struct slice value, struct text *reason)
{
        if (!expect(value.length > 0 && value.length < STORE_WORD, "a word of at most 127 bytes",
                    value, reason))
                return false;
        memcpy(word, value.data, value.length);
        word[value.length] = '\0';
        return true;
}

static bool set_wwn(void *target, struct slice value, struct text *reason)
{
        return set_word(((struct store_map *)target)->disk.wwn, value, reason);
}

static bool set_serial(void *target, struct slice value, struct text *reason)
{
        return set_word(((struct store_map *)target)->disk.serial, value, reason);
}

static bool set_table(void *target, struct slice value, struct text *reason)
{
        struct store_map *map = target;
        uint8_t uuid[16];

        if (!expect(uuid_parse(value.data, value.length, uuid), "a UUID", value, reason))
                return false;
        uuid_format(uuid, map->disk.table);
        return true;
}

static bool set_extent(void *target, struct slice value, struct text *reason)
{
        const char *blank = memchr(value.data, ' ', value.length);
        size_t first = blank ? (size_t)(blank - value.data) : 0;
        struct store_map *map = target;
        struct store_extent extent = { 0 }, *list;

        if (!expect(blank && number_parse(value.data, first, &extent.start) &&
                            number_parse(blank + 1, value.length - first - 1, &extent.length),
                    "a start and a length in bytes", value, reason))
                return false;
        list = map->count < STORE_EXTENTS_MAX ? grow(map->extents, map->count, sizeof(*list))
                                              : NULL;
        if (!list) {
                text_add(reason, "more than %u extents", STORE_EXTENTS_MAX);
                return false;
        }
        map->extents = list;
        list[map->count++] = extent;
        return true;
}

/* The next word of a value, which it is taken from; without blanks there is one. */
static struct slice take_word(struct slice *rest)
{
        const char *blank = memchr(rest->data, ' ', rest->length);
        struct slice word = { rest->data, blank ? (size_t)(blank - rest->data) : rest->length };
        size_t used = word.length + (blank != NULL);

        *rest = (struct slice){ rest->data + used, rest->length - used };
        return word;
}

bool store_map_add_input(struct store_map *map, const struct store_input *input)
{
        struct store_input *list = map->input_count < STORE_INPUTS_MAX
                                           ? grow(map->inputs, map->input_count, sizeof(*list))
                                           : NULL;
        char *name = list ? strdup(input->name) : NULL;

        if (list)
                map->inputs = list;
        if (!name)
                return false;
        list[map->input_count] = *input;
        list[map->input_count++].name = name;
        return true;
}

static bool set_input(void *target, struct slice value, struct text *reason)
{
        struct slice rest = value, offset = take_word(&rest), bytes = take_word(&rest);
        struct slice root = take_word(&rest);
        struct store_input input = { 0 };
        char name[PATH_MAX_LENGTH + 1];

        if (!expect(number_parse(offset.data, offset.length, &input.offset) &&
                            number_parse(bytes.data, bytes.length, &input.bytes) &&
                            sha256_parse(root.data, root.length, input.root) && rest.length > 0 &&
                            rest.length < sizeof(name),
                    "an offset, bytes, a SHA-256 and a name", value, reason))
                return false;
        memcpy(name, rest.data, rest.length);
        name[rest.length] = '\0';
        input.name = name;
        if (store_map_add_input(target, &input))
                return true;
        text_add(reason, "more than %u inputs", STORE_INPUTS_MAX);
        return false;
}

bool store_map_add_checkpoint(struct store_map *map, const struct store_checkpoint *checkpoint)
{
        struct store_checkpoint *list =
                map->checkpoint_count < STORE_JOBS_MAX
                        ? grow(map->checkpoints, map->checkpoint_count, sizeof(*list))
                        : NULL;
        char *job = list ? strdup(checkpoint->job) : NULL;

        if (list)
                map->checkpoints = list;
        if (!job)
                return false;
        list[map->checkpoint_count] = *checkpoint;
        list[map->checkpoint_count++].job = job;
        return true;
}

static bool set_checkpoint(void *target, struct slice value, struct text *reason)
{
        struct slice rest = value, offset = take_word(&rest), bytes = take_word(&rest);
        struct slice devices = take_word(&rest), order = take_word(&rest);
        struct store_checkpoint checkpoint = { 0 };
        char job[PATH_MAX_LENGTH + 1];

        if (!expect(number_parse(offset.data, offset.length, &checkpoint.offset) &&
                            number_parse(bytes.data, bytes.length, &checkpoint.bytes) &&
                            number_parse(devices.data, devices.length, &checkpoint.devices) &&
                            sha256_parse(order.data, order.length, checkpoint.order) &&
                            rest.length > 0 && rest.length < sizeof(job),
                    "an offset, bytes, a number of devices, a SHA-256 and a job", value, reason))
                return false;
        memcpy(job, rest.data, rest.length);
        job[rest.length] = '\0';
        checkpoint.job = job;
        if (store_map_add_checkpoint(target, &checkpoint))
                return true;
        text_add(reason, "more than %u jobs with checkpoints", STORE_JOBS_MAX);
        return false;
}

static bool read_map(const char *name, struct slice text, struct store_map *map, char *why)
{
        static const struct keyvalue_key keys[] = {
                { "store", set_store, false },
                { "id", set_id, false },
                { "host", set_host, false },
                { "generation", set_generation, false },
                { "disk-size", set_size, false },
                { "disk-wwn", set_wwn, false },
                { "disk-serial", set_serial, false },
                { "disk-table", set_table, false },
                { "extent", set_extent, true },
                { "checkpoint", set_checkpoint, true },
                { "input", set_input, true },
        };
        struct text reason;

        text_init(&reason, why, WHY_SIZE);
        return keyvalue_read(name, text, keys, sizeof(keys) / sizeof(keys[0]), map, &reason);
}

/* 0 is none of these: see the setters. */
static bool has_all(const char *name, const struct store_map *map, char *why)
{
        static const uint8_t none[16];

        if (map->version == 0)
                return why_not(why, "%s: does not say store=", name);
        if (memcmp(map->id, none, sizeof(map->id)) == 0)
                return why_not(why, "%s: does not say id=", name);
        if (memcmp(map->host, none, sizeof(map->host)) == 0)
                return why_not(why, "%s: does not say host=", name);
        if (map->generation == 0)
                return why_not(why, "%s: does not say generation=", name);
        return map->disk.size > 0 || why_not(why, "%s: does not say disk-size=", name);
}

bool store_map_parse(
        const char *name, const char *text, size_t length, struct store_map *ret_map, char *why)
{
        struct store_map map = { 0 };

        if (!read_map(name, (struct slice){ text, length }, &map, why) ||
                !has_all(name, &map, why) || !store_map_check(&map, why)) {
                store_map_free(&map);
                return false;
        }
        *ret_map = map;
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

/* --- its checkpoints --- */

uint64_t store_checkpoint_span(uint64_t bytes, uint64_t devices)
{
        if (devices > STORE_DEVICES_MAX || bytes > UINT64_MAX / 2 / STORE_DEVICES_MAX - STORE_BLOCK)
                return UINT64_MAX;
        return 2 * devices * (bytes + STORE_BLOCK);
}

static bool check_checkpoint(const struct store_map *map, size_t i, uint64_t end, char *why)
{
        const struct store_checkpoint *one = &map->checkpoints[i];
        uint64_t span = store_checkpoint_span(one->bytes, one->devices);
        const char *complaint = path_complaint(one->job);

        if (complaint)
                return why_not(why, "the job of checkpoint %zu, '%s', %s", i, one->job, complaint);
        if ((one->offset | one->bytes) % STORE_BLOCK != 0 || one->bytes == 0 || one->devices == 0)
                return why_not(why, "checkpoint %zu is not of whole blocks, or of no device", i);
        if (one->offset < end)
                return why_not(why, "checkpoint %zu begins before the end of the one before", i);
        if (span > map->room || one->offset > map->room - span)
                return why_not(why, "checkpoint %zu ends behind the store's end", i);
        for (size_t k = 0; k < i; k++)
                if (strcmp(map->checkpoints[k].job, one->job) == 0)
                        return why_not(why, "checkpoints %zu and %zu are of one job", k, i);
        return true;
}

/* Returns where they end. */
static bool check_checkpoints(struct store_map *map, uint64_t *ret_end, char *why)
{
        uint64_t end = 0;

        for (size_t i = 0; i < map->checkpoint_count; i++) {
                const struct store_checkpoint *one = &map->checkpoints[i];

                if (!check_checkpoint(map, i, end, why))
                        return false;
                end = one->offset + store_checkpoint_span(one->bytes, one->devices);
        }
        *ret_end = end;
        return true;
}

/* --- its inputs --- */

uint64_t store_input_span(uint64_t bytes)
{
        return bytes + verity_tree_bytes(bytes);
}

static bool check_input(const struct store_map *map, size_t i, uint64_t end, char *why)
{
        const struct store_input *input = &map->inputs[i];
        const char *complaint = path_complaint(input->name);

        if (complaint)
                return why_not(why, "the name of input %zu, '%s', %s", i, input->name, complaint);
        if ((input->offset | input->bytes) % STORE_BLOCK != 0 || input->bytes == 0)
                return why_not(why, "input %zu is not of whole blocks of %u bytes", i, STORE_BLOCK);
        if (input->offset < end)
                return why_not(why, "input %zu begins before the end of the one before", i);
        if (input->bytes > map->room || store_input_span(input->bytes) > map->room ||
                input->offset > map->room - store_input_span(input->bytes))
                return why_not(why, "input %zu ends behind the store's end", i);
        for (size_t k = 0; k < i; k++)
                if (path_collides(map->inputs[k].name, input->name))
                        return why_not(why, "inputs %zu and %zu are in each other's way", k, i);
        return true;
}

static bool check_inputs(struct store_map *map, uint64_t end, char *why)
{
        for (size_t i = 0; i < map->input_count; i++) {
                if (!check_input(map, i, end, why))
                        return false;
                end = map->inputs[i].offset + store_input_span(map->inputs[i].bytes);
        }
        map->writable = map->input_count > 0 ? map->inputs[0].offset : map->room;
        return true;
}

/* What lies at the end of the room. */
static bool check_end(struct store_map *map, char *why)
{
        uint64_t end;

        if (!check_checkpoints(map, &end, why) || !check_inputs(map, end, why))
                return false;
        map->results = map->checkpoint_count > 0 ? map->checkpoints[0].offset : map->writable;
        return map->results == map->room || map->results >= STORE_RESULTS_LEAST ||
               why_not(why, "checkpoints and inputs leave no room for results");
}

int store_map_input(const struct store_map *map, const char *name)
{
        for (size_t i = 0; i < map->input_count; i++)
                if (strcmp(map->inputs[i].name, name) == 0)
                        return (int)i;
        return -1;
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
        return check_end(map, why);
}

void store_map_free(struct store_map *map)
{
        for (size_t i = 0; i < map->checkpoint_count; i++)
                free(map->checkpoints[i].job);
        free(map->checkpoints);
        for (size_t i = 0; i < map->input_count; i++)
                free(map->inputs[i].name);
        free(map->inputs);
        free(map->extents);
        *map = (struct store_map){ 0 };
}

/* --- as text --- */

static void write_head(FILE *file, const struct store_map *map)
{
        char id[UUID_LENGTH + 1];

        uuid_format(map->id, id);
        fprintf(file, "store=%u\nid=%s\nhost=", STORE_VERSION, id);
        for (size_t i = 0; i < sizeof(map->host); i++)
                fprintf(file, "%02x", map->host[i]);
        fprintf(file, "\ngeneration=%" PRIu64 "\ndisk-size=%" PRIu64 "\n", map->generation,
                map->disk.size);
}

static void write_word(FILE *file, const char *key, const char *word)
{
        if (*word)
                fprintf(file, "%s=%s\n", key, word);
}

static void write_checkpoints(FILE *file, const struct store_map *map)
{
        for (size_t i = 0; i < map->checkpoint_count; i++) {
                const struct store_checkpoint *one = &map->checkpoints[i];
                char order[2 * SHA256_SIZE + 1];

                sha256_format(one->order, order);
                fprintf(file, "checkpoint=%" PRIu64 " %" PRIu64 " %" PRIu64 " %s %s\n", one->offset,
                        one->bytes, one->devices, order, one->job);
        }
}

static void write_inputs(FILE *file, const struct store_map *map)
{
        for (size_t i = 0; i < map->input_count; i++) {
                const struct store_input *input = &map->inputs[i];
                char root[2 * SHA256_SIZE + 1];

                sha256_format(input->root, root);
                fprintf(file, "input=%" PRIu64 " %" PRIu64 " %s %s\n", input->offset, input->bytes,
                        root, input->name);
        }
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
                fprintf(file, "extent=%" PRIu64 " %" PRIu64 "\n", map->extents[i].start,
                        map->extents[i].length);
        write_checkpoints(file, map);
        write_inputs(file, map);
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
