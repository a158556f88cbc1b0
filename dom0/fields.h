/* What a JSON object of a record must and may hold, as a table. Pure. */
#ifndef FORESTAGE_DOM0_FIELDS_H
#define FORESTAGE_DOM0_FIELDS_H

#include <stdbool.h>

#include <jansson.h>

#include "dom0/problems.h"

enum field_type {
        FIELD_STRING = 1 << 0,
        FIELD_INTEGER = 1 << 1,
        FIELD_REAL = 1 << 2,
        FIELD_BOOLEAN = 1 << 3,
        FIELD_NULL = 1 << 4,
        FIELD_OBJECT = 1 << 5,
        FIELD_ARRAY = 1 << 6,
        FIELD_NUMBER = FIELD_INTEGER | FIELD_REAL,
        FIELD_REQUIRED = 1 << 7,
};

struct field {
        const char *key; /* NULL ends a table */
        unsigned int types;
};

/*
 * A new object with the keys of `object`, less those in the table that have another type; each of
 * those and each required key that is missing is a problem of `what`. Keys that the table does not
 * know are kept as they are. `ret_good` is false when there was a problem. NULL when `object` is no
 * object, which is a problem too.
 */
json_t *fields_take(const json_t *object, const struct field *table, const char *what,
        struct problems *problems, bool *ret_good);

#endif
