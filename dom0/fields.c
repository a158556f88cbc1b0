#include "dom0/fields.h"

static unsigned int type_of(const json_t *value)
{
        static const unsigned int types[] = {
                [JSON_OBJECT] = FIELD_OBJECT,
                [JSON_ARRAY] = FIELD_ARRAY,
                [JSON_STRING] = FIELD_STRING,
                [JSON_INTEGER] = FIELD_INTEGER,
                [JSON_REAL] = FIELD_REAL,
                [JSON_TRUE] = FIELD_BOOLEAN,
                [JSON_FALSE] = FIELD_BOOLEAN,
                [JSON_NULL] = FIELD_NULL,
        };

        return types[json_typeof(value)];
}

/* Drops a key that is wrong, and says so. */
static bool check_field(
        json_t *object, const struct field *field, const char *what, struct problems *problems)
{
        const json_t *value = json_object_get(object, field->key);

        if (!value && (field->types & FIELD_REQUIRED)) {
                problem(problems, "%s has no \"%s\"", what, field->key);
                return false;
        }
        if (!value || (type_of(value) & field->types))
                return true;
        problem(problems, "%s has a \"%s\" of the wrong type", what, field->key);
        json_object_del(object, field->key);
        return false;
}

json_t *fields_take(const json_t *object, const struct field *table, const char *what,
        struct problems *problems, bool *ret_good)
{
        bool good = true;
        json_t *copy;

        if (!json_is_object(object)) {
                problem(problems, "%s is not a JSON object", what);
                *ret_good = false;
                return NULL;
        }
        copy = json_copy((json_t *)object); /* jansson's copy takes no const */
        for (; table->key; table++)
                good = check_field(copy, table, what, problems) && good;
        *ret_good = good;
        return copy;
}
