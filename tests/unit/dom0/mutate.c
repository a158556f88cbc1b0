#include "tests/unit/dom0/mutate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_SIZE 256
#define AGAIN     "a key that stands twice"

typedef void take_mutant(const struct pieces *pieces, const struct mutant *mutant, void *arg);

const char *mutation_name(enum mutation mutation)
{
        static const char *const names[MUTATIONS] = { "taken away", "doubled",
                "swapped with the next", "moved to the end", "moved behind RUN", "renamed",
                "with another byte", "cut short", "of another type", "null", "empty", "another",
                "of the other sign", "one more", "one less", "huge", "zero" };

        return names[__builtin_ctz((unsigned int)mutation)];
}

/* --- records --- */

static void need(bool good)
{
        if (!good)
                abort();
}

void pieces_add(struct pieces *pieces, enum region_type type, const char *name, const void *data,
        size_t length)
{
        struct piece *piece = &pieces->piece[pieces->count++];

        need(pieces->count <= PIECES_MAX);
        *piece = (struct piece){ .type = type, .name_length = strlen(name), .data_length = length };
        piece->name = strdup(name);
        piece->data = malloc(length + 1);
        memcpy(piece->data, data, length);
        piece->data[length] = '\0';
}

void pieces_of_region(const void *base, size_t size, struct pieces *ret_pieces)
{
        struct region_cursor cursor;
        struct region_record record;
        struct region_info info;

        need(region_inspect(base, size, &info) == REGION_OK);
        region_rewind(base, &info, &cursor);
        ret_pieces->count = 0;
        while (region_next(&cursor, &record) == REGION_OK) {
                char *name = strndup(record.name, record.name_length);

                pieces_add(ret_pieces, (enum region_type)record.type, name, record.data,
                        record.data_length);
                free(name);
        }
}

void pieces_free(struct pieces *pieces)
{
        for (size_t i = 0; i < pieces->count; i++) {
                free(pieces->piece[i].name);
                free(pieces->piece[i].data);
        }
        pieces->count = 0;
}

void pieces_write(const struct pieces *pieces, void *base, size_t size)
{
        static const uint8_t run_id[16] = { 1, 2, 3 };
        struct region_writer writer;

        need(region_create(base, size, run_id, &writer) == REGION_OK);
        for (size_t i = 0; i < pieces->count; i++) {
                const struct piece *piece = &pieces->piece[i];

                need(region_append(&writer, piece->type, piece->name, piece->name_length,
                             piece->data, piece->data_length) == REGION_OK);
        }
        need(region_seal(&writer) == REGION_OK);
}

/* --- one mutation after the other --- */

struct walk {
        const struct pieces *pieces;
        size_t number; /* of the record at work */
        json_t *root;  /* of its JSON */
        take_mutant *take;
        void *arg;
        size_t fields;
};

static struct mutant mutant_of(const struct walk *walk, enum mutation mutation, const char *path)
{
        const struct piece *piece = &walk->pieces->piece[walk->number];
        bool last = walk->number + 1 == walk->pieces->count;

        return (struct mutant){ piece, last ? NULL : piece + 1, mutation, path };
}

/* The records with another one in the place of the one at work. */
static void give(
        struct walk *walk, const struct piece *piece, enum mutation mutation, const char *path)
{
        struct pieces pieces = *walk->pieces;
        struct mutant mutant = mutant_of(walk, mutation, path);

        pieces.piece[walk->number] = *piece;
        walk->take(&pieces, &mutant, walk->arg);
}

/* A text in which `AGAIN` stands for `key`, which then stands twice. */
static char *name_twice(const char *text, const char *key)
{
        const char *at = strstr(text, AGAIN);
        char *twice = malloc(strlen(text) + strlen(key) + 1);

        memcpy(twice, text, (size_t)(at - text));
        sprintf(twice + (at - text), "%s%s", key, at + strlen(AGAIN));
        return twice;
}

/* What the tree says now; `again` is the key that is to stand twice, or NULL. */
static void give_tree(
        struct walk *walk, enum mutation mutation, const char *path, const char *again)
{
        const struct piece *old = &walk->pieces->piece[walk->number];
        char *text = json_dumps(walk->root, JSON_COMPACT | JSON_REAL_PRECISION(17));
        struct piece piece = *old;

        if (again) {
                char *twice = name_twice(text, again);

                free(text);
                text = twice;
        }
        piece.data = text;
        piece.data_length = strlen(text);
        if (piece.data_length != old->data_length || memcmp(text, old->data, strlen(text)) != 0)
                give(walk, &piece, mutation, path);
        free(text);
}

/* --- values --- */

static json_t *of_another_type(const json_t *value)
{
        char text[40];

        switch (json_typeof(value)) {
        case JSON_INTEGER:
        case JSON_REAL:
                snprintf(text, sizeof(text), "%.17g", json_number_value(value));
                return json_string(text);
        case JSON_STRING:
        case JSON_NULL:
                return json_integer(7);
        case JSON_OBJECT:
                return json_array();
        case JSON_ARRAY:
                return json_object();
        default:
                return json_string(json_is_true(value) ? "true" : "false");
        }
}

static json_t *empty_of(const json_t *value)
{
        if (json_is_string(value))
                return json_string("");
        if (json_is_array(value))
                return json_array();
        return json_is_object(value) ? json_object() : NULL;
}

static json_t *another(const json_t *value)
{
        if (json_is_string(value))
                return json_string("other");
        return json_is_boolean(value) ? json_boolean(json_is_false(value)) : NULL;
}

static json_t *number_of(const json_t *value, double factor, int add)
{
        if (json_is_integer(value))
                return json_integer(json_integer_value(value) * (json_int_t)factor + add);
        return json_is_real(value) ? json_real(json_real_value(value) * factor + add) : NULL;
}

static json_t *huge(const json_t *value)
{
        if (json_is_integer(value))
                return json_integer(INT64_MAX);
        return json_is_real(value) ? json_real(1e300) : NULL;
}

/* The value as the mutation makes it; NULL: it does not apply. */
static json_t *value_of(const json_t *value, enum mutation mutation)
{
        switch (mutation) {
        case MUTATION_TYPE:
                return of_another_type(value);
        case MUTATION_NULL:
                return json_null();
        case MUTATION_EMPTY:
                return empty_of(value);
        case MUTATION_OTHER:
                return another(value);
        case MUTATION_SIGN:
                return number_of(value, -1, 0);
        case MUTATION_MORE:
                return number_of(value, 1, 1);
        case MUTATION_LESS:
                return number_of(value, 1, -1);
        case MUTATION_HUGE:
                return huge(value);
        case MUTATION_ZERO:
                return number_of(value, 0, 0);
        default:
                return NULL;
        }
}

/* --- fields --- */

static void walk_inside(struct walk *walk, json_t *value, const char *path);

static void append_path(char path[PATH_SIZE], const char *outer, const char *key)
{
        snprintf(path, PATH_SIZE, "%s%s%s", outer, *outer ? "." : "", key);
}

/* Rebuilds the object with the member `from` in the place `to`. */
static void reorder(json_t *object, size_t from, size_t to)
{
        json_t *copy = json_copy(object), *value;
        size_t count = json_object_size(object), i = 0;
        const char **keys = calloc(count, sizeof(*keys)), *key;

        json_object_foreach(copy, key, value)
                keys[i++] = key;
        key = keys[from];
        memmove(keys + from, keys + from + 1, (count - from - 1) * sizeof(*keys));
        memmove(keys + to + 1, keys + to, (count - to - 1) * sizeof(*keys));
        keys[to] = key;
        json_object_clear(object);
        for (i = 0; i < count; i++)
                json_object_set(object, keys[i], json_object_get(copy, keys[i]));
        free(keys);
        json_decref(copy);
}

/* Puts the members back as they are in `copy`. */
static void restore(json_t *object, const json_t *copy)
{
        json_object_clear(object);
        json_object_update(object, (json_t *)copy);
}

static void mutate_member(
        struct walk *walk, json_t *object, size_t number, const char *key, const char *path)
{
        json_t *copy = json_copy(object), *value = json_object_get(copy, key);
        size_t count = json_object_size(object);

        json_object_del(object, key);
        give_tree(walk, MUTATION_TAKE, path, NULL);
        restore(object, copy);
        json_object_set(object, AGAIN, value);
        give_tree(walk, MUTATION_DOUBLE, path, key);
        restore(object, copy);
        if (number + 1 < count) {
                reorder(object, number, number + 1);
                give_tree(walk, MUTATION_SWAP, path, NULL);
                restore(object, copy);
                reorder(object, number, count - 1);
                give_tree(walk, MUTATION_LAST, path, NULL);
                restore(object, copy);
        }
        for (unsigned int m = MUTATION_TYPE; m < 1u << MUTATIONS; m <<= 1) {
                json_t *changed = value_of(value, (enum mutation)m);

                if (!changed)
                        continue;
                json_object_set_new(object, key, changed);
                give_tree(walk, (enum mutation)m, path, NULL);
                restore(object, copy);
        }
        json_decref(copy);
}

static void restore_list(json_t *list, const json_t *copy)
{
        json_array_clear(list);
        json_array_extend(list, (json_t *)copy);
}

static void mutate_element(struct walk *walk, json_t *list, size_t number, const char *path)
{
        json_t *copy = json_copy(list), *value = json_array_get(copy, number);
        size_t count = json_array_size(list);

        json_array_remove(list, number);
        give_tree(walk, MUTATION_TAKE, path, NULL);
        json_array_insert(list, number + 1 < count ? number + 1 : number, value);
        if (number + 1 < count)
                give_tree(walk, MUTATION_SWAP, path, NULL);
        restore_list(list, copy);
        json_array_insert(list, number, value);
        give_tree(walk, MUTATION_DOUBLE, path, NULL);
        json_array_remove(list, number);
        json_array_remove(list, number);
        json_array_append(list, value);
        give_tree(walk, MUTATION_LAST, path, NULL);
        restore_list(list, copy);
        for (unsigned int m = MUTATION_TYPE; m < 1u << MUTATIONS; m <<= 1) {
                json_t *changed = value_of(value, (enum mutation)m);

                if (!changed)
                        continue;
                json_array_set_new(list, number, changed);
                give_tree(walk, (enum mutation)m, path, NULL);
                restore_list(list, copy);
        }
        json_decref(copy);
}

static void walk_object(struct walk *walk, json_t *object, const char *outer)
{
        json_t *copy = json_copy(object), *value;
        char path[PATH_SIZE];
        size_t number = 0;
        const char *key;

        json_object_foreach(copy, key, value) {
                append_path(path, outer, key);
                walk->fields++;
                mutate_member(walk, object, number++, key, path);
                walk_inside(walk, value, path);
        }
        json_decref(copy);
}

static void walk_list(struct walk *walk, json_t *list, const char *outer)
{
        char path[PATH_SIZE], number[24];

        for (size_t i = 0; i < json_array_size(list); i++) {
                snprintf(number, sizeof(number), "%zu", i);
                append_path(path, outer, number);
                walk->fields++;
                mutate_element(walk, list, i, path);
                walk_inside(walk, json_array_get(list, i), path);
        }
}

static void walk_inside(struct walk *walk, json_t *value, const char *path)
{
        if (json_is_object(value))
                walk_object(walk, value, path);
        else if (json_is_array(value))
                walk_list(walk, value, path);
}

/* --- whole records --- */

static void give_order(struct walk *walk, size_t to, enum mutation mutation)
{
        struct pieces pieces = *walk->pieces;
        struct mutant mutant = mutant_of(walk, mutation, "");
        struct piece moved = pieces.piece[walk->number];

        memmove(&pieces.piece[walk->number], &pieces.piece[walk->number + 1],
                (pieces.count - walk->number - 1) * sizeof(moved));
        memmove(&pieces.piece[to + 1], &pieces.piece[to], (pieces.count - to - 1) * sizeof(moved));
        pieces.piece[to] = moved;
        walk->take(&pieces, &mutant, walk->arg);
}

static void give_count(struct walk *walk, enum mutation mutation)
{
        struct pieces pieces = *walk->pieces;
        struct mutant mutant = mutant_of(walk, mutation, "");
        struct piece *at = &pieces.piece[walk->number];
        size_t behind = pieces.count - walk->number - 1;

        if (mutation == MUTATION_TAKE) {
                memmove(at, at + 1, behind * sizeof(*at));
                pieces.count--;
        } else {
                memmove(at + 1, at, (behind + 1) * sizeof(*at));
                pieces.count++;
        }
        walk->take(&pieces, &mutant, walk->arg);
}

static void change_record(struct walk *walk)
{
        const struct piece *old = &walk->pieces->piece[walk->number];
        struct piece piece = *old;
        char name[1024];

        snprintf(name, sizeof(name), "%sx", old->name);
        piece.name = name;
        piece.name_length++;
        give(walk, &piece, MUTATION_NAME, "");
        piece = *old;
        if (old->type != REGION_FILE || old->data_length == 0)
                return;
        piece.data = malloc(old->data_length);
        memcpy(piece.data, old->data, old->data_length);
        piece.data[old->data_length / 2] ^= 1;
        give(walk, &piece, MUTATION_BYTES, "");
        piece.data[old->data_length / 2] ^= 1;
        piece.data_length--;
        give(walk, &piece, MUTATION_SHORT, "");
        piece.data_length = 0;
        give(walk, &piece, MUTATION_EMPTY, "");
        free(piece.data);
}

static void walk_record(struct walk *walk)
{
        const struct piece *piece = &walk->pieces->piece[walk->number];
        size_t last = walk->pieces->count - 1;

        give_count(walk, MUTATION_TAKE);
        give_count(walk, MUTATION_DOUBLE);
        if (walk->number < last) {
                give_order(walk, walk->number + 1, MUTATION_SWAP);
                if (walk->number + 1 < last)
                        give_order(walk, last - 1, MUTATION_LAST);
                give_order(walk, last, MUTATION_BEHIND);
        }
        change_record(walk);
        if (piece->type == REGION_FILE)
                return;
        walk->root = json_loadb(piece->data, piece->data_length, 0, NULL);
        need(walk->root != NULL);
        walk_inside(walk, walk->root, "");
        json_decref(walk->root);
}

void mutate(const struct pieces *pieces, take_mutant *take, void *arg, size_t *ret_fields)
{
        struct walk walk = { .pieces = pieces, .take = take, .arg = arg };

        for (walk.number = 0; walk.number < pieces->count; walk.number++)
                walk_record(&walk);
        *ret_fields = walk.fields;
}
