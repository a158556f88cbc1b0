#include "dom0/run/fields.h"

#include <math.h>
#include <stdio.h>

#include "dom0/base/escape.h"
#include "dom0/base/json.h"

/* Where in a record something is, for the sentence about it. */
struct place {
        const char *what;          /* the record, of the outermost place */
        const struct place *outer; /* NULL: there is none */
        const char *key;           /* in the outer one */
        bool entry;                /* an element of the list there */
};

#define PLACE_SIZE (2 * SHOWN_SIZE)

static void name_place(const struct place *place, char ret_name[PLACE_SIZE])
{
        char outer[PLACE_SIZE];

        if (!place->outer) {
                snprintf(ret_name, PLACE_SIZE, "%s", place->what);
                return;
        }
        name_place(place->outer, outer);
        snprintf(ret_name, PLACE_SIZE, "%s\"%.40s\" of %.*s", place->entry ? "an entry in " : "",
                place->key, (int)(PLACE_SIZE - 64), outer);
}

static void complain(
        struct problems *problems, const struct place *place, const char *key, const char *how)
{
        char name[PLACE_SIZE];

        name_place(place, name);
        problem(problems, "%s has %s \"%s\"%s", name, *how ? "a" : "no", key, how);
}

static unsigned int type_of(const json_t *value)
{
        static const unsigned int types[] = {
                [JSON_OBJECT] = RECORD_OBJECT,
                [JSON_ARRAY] = RECORD_LIST,
                [JSON_STRING] = RECORD_STRING,
                [JSON_INTEGER] = RECORD_INTEGER,
                [JSON_REAL] = RECORD_REAL,
                [JSON_TRUE] = RECORD_BOOLEAN,
                [JSON_FALSE] = RECORD_BOOLEAN,
                [JSON_NULL] = RECORD_NULL,
        };

        return types[json_typeof(value)];
}

/* Of numbers alone: between what its unit has it. */
static bool in_range(const json_t *value, unsigned int rules)
{
        const struct record_range *range = &record_ranges[RECORD_UNIT_OF(rules)];

        return !range->text || !json_is_number(value) ||
               (json_number_value(value) >= range->least &&
                       json_number_value(value) <= range->most);
}

static bool is_known(const json_t *value, unsigned int rules)
{
        const char *const *words = record_words[RECORD_WORDS_OF(rules)];

        return !words || !json_is_string(value) || record_knows(words, json_string_value(value));
}

static bool is_amount(const json_t *value)
{
        return json_is_number(value) && json_number_value(value) >= 0 &&
               isfinite(json_number_value(value));
}

static bool is_right(const json_t *one, unsigned int rules)
{
        if ((rules & RECORD_OF_STRINGS && !json_is_string(one)) ||
                (rules & RECORD_OF_AMOUNTS && !is_amount(one)))
                return false;
        return in_range(one, rules) && is_known(one, rules);
}

/* Whether every element of a list, or value of an object, is what the rules say. */
static bool all_are(json_t *value, unsigned int rules)
{
        const char *key;
        json_t *one;
        size_t i;

        json_array_foreach(value, i, one) {
                if (!is_right(one, rules))
                        return false;
        }
        json_object_foreach(value, key, one) {
                if (!is_right(one, rules))
                        return false;
        }
        return true;
}

/* What is wrong with the value, as the end of a sentence; NULL: nothing. */
static const char *wrong_with(json_t *value, unsigned int rules)
{
        if (!(type_of(value) & rules & RECORD_TYPES))
                return " of the wrong type";
        if (rules & RECORD_NO_MINUS && json_is_number(value) && !is_amount(value))
                return " that is less than 0";
        if (!in_range(value, rules))
                return " that is out of its range";
        if (!is_known(value, rules))
                return " that is no word of it";
        if (rules & RECORD_FILLED && json_is_string(value) && json_string_length(value) == 0)
                return " that is empty";
        if (rules & (RECORD_OF_STRINGS | RECORD_OF_AMOUNTS) && !all_are(value, rules))
                return rules & RECORD_OF_STRINGS ? " that is no list of such strings"
                                                 : " with something that is no such number";
        return NULL;
}

static bool check_object(json_t *object, const struct record_key *table, const struct place *place,
        struct problems *problems);

/* Leaves only the elements that have all they must. */
static bool check_list(json_t *list, const struct record_key *table, const struct place *place,
        struct problems *problems)
{
        bool good = true;
        size_t i = 0, kept = 0;

        for (; i < json_array_size(list); i++) {
                json_t *one = json_array_get(list, i);
                char name[PLACE_SIZE];

                if (!json_is_object(one)) {
                        name_place(place, name);
                        problem(problems, "%s is not a JSON object", name);
                        good = false;
                } else if (!check_object(one, table, place, problems)) {
                        good = false;
                } else if (kept++ != i) {
                        json_array_set(list, kept - 1, one);
                }
        }
        while (json_array_size(list) > kept)
                json_array_remove(list, json_array_size(list) - 1);
        return good;
}

/* Drops a key that is wrong, and says so. */
static bool check_key(json_t *object, const struct record_key *key, const struct place *place,
        struct problems *problems)
{
        json_t *value = get_value(object, key->key);
        struct place inside = { NULL, place, key->key, json_is_array(value) };
        const char *wrong;

        if (!value && key->rules & RECORD_REQUIRED) {
                complain(problems, place, key->key, "");
                return false;
        }
        wrong = value ? wrong_with(value, key->rules) : NULL;
        if (wrong) {
                complain(problems, place, key->key, wrong);
                json_object_del(object, key->key);
                return false;
        }
        if (!key->inside)
                return true;
        if (json_is_array(value))
                return check_list(value, key->inside, &inside, problems);
        return !json_is_object(value) || check_object(value, key->inside, &inside, problems);
}

static bool check_object(json_t *object, const struct record_key *table, const struct place *place,
        struct problems *problems)
{
        bool good = true;

        for (; table->key; table++)
                good = check_key(object, table, place, problems) && good;
        return good;
}

json_t *fields_take(const json_t *object, const struct record_key *table, const char *what,
        struct problems *problems, bool *ret_good)
{
        struct place place = { .what = what };
        json_t *copy;

        if (!json_is_object(object)) {
                problem(problems, "%s is not a JSON object", what);
                *ret_good = false;
                return NULL;
        }
        copy = json_copy((json_t *)object); /* jansson's copy takes no const */
        *ret_good = check_object(copy, table, &place, problems);
        return copy;
}

/* --- what version 2 has --- */

static bool lacks(const json_t *object, const struct record_key *table, const struct place *place,
        char *ret_text, size_t size)
{
        for (; table->key; table++) {
                json_t *value = get_value(object, table->key), *one;
                struct place inside = { NULL, place, table->key, json_is_array(value) };
                char name[PLACE_SIZE];
                size_t i;

                if (!value && table->rules & RECORD_EXPECTED) {
                        name_place(place, name);
                        snprintf(ret_text, size, "%s has no \"%s\"", name, table->key);
                        return true;
                }
                if (!table->inside)
                        continue;
                if (json_is_object(value) && lacks(value, table->inside, &inside, ret_text, size))
                        return true;
                json_array_foreach(value, i, one) {
                        if (lacks(one, table->inside, &inside, ret_text, size))
                                return true;
                }
        }
        return false;
}

bool fields_lack(const json_t *object, const struct record_key *table, const char *what,
        char *ret_text, size_t size)
{
        struct place place = { .what = what };

        return lacks(object, table, &place, ret_text, size);
}

/* --- what passes --- */

bool fields_is_nothing(const json_t *value)
{
        if (json_is_number(value))
                return json_number_value(value) == 0;
        if (json_is_string(value))
                return json_string_length(value) == 0;
        if (json_is_array(value))
                return json_array_size(value) == 0;
        return !value || json_is_null(value);
}

const char *fields_unclean(const json_t *object, const struct record_key *table)
{
        for (; table->key; table++)
                if (table->rules & RECORD_CLEAN &&
                        !fields_is_nothing(get_value(object, table->key)))
                        return table->key;
        return NULL;
}
