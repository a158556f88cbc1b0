/* What a JSON object of a record must and may hold, by the tables of record/schema.h. Pure. */
#pragma once

#include <stdbool.h>

#include <jansson.h>

#include "dom0/base/problems.h"
#include "record/schema.h"

/*
 * A new object with the keys of `object`, less those that break the table's rule for them; each of
 * those and each required key that is missing is a problem of `what`. What is inside of an object
 * or a list is checked too, and changed in place: a key that is wrong goes, and so does an element
 * of a list that has anything wrong. Keys that the table does not know are kept as they are.
 * `ret_good` is false when there was a problem. NULL when `object` is no object, which is a problem
 * too.
 */
json_t *fields_take(const json_t *object, const struct record_key *table, const char *what,
        struct problems *problems, bool *ret_good);

/*
 * The first key that records of version 2 have and this object has not, also inside: "PLACE has no
 * KEY" in `ret_text`, and true. False when there is none.
 */
bool fields_lack(const json_t *object, const struct record_key *table, const char *what,
        char *ret_text, size_t size);

/* Whether there is nothing in it: not there, null, 0, or empty. */
bool fields_is_nothing(const json_t *value);

/* The first key that something is in although what passes has nothing there, or NULL. */
const char *fields_unclean(const json_t *object, const struct record_key *table);
