/*
 * What stands under a key of a JSON object. A key that is not there, and one of another type, is
 * the same as nothing; so is an object that is none. Values are borrowed from the object; what
 * jansson calls json_auto_t is released at the end of its block.
 */
#pragma once

#include <stdbool.h>

#include <jansson.h>

static inline json_t *get_value(const json_t *object, const char *key)
{
        return json_object_get(object, key);
}

static inline const char *get_string(const json_t *object, const char *key) /* NULL: none */
{
        return json_string_value(json_object_get(object, key));
}

static inline const char *get_text(const json_t *object, const char *key) /* "": none */
{
        const char *text = get_string(object, key);

        return text ? text : "";
}

static inline long long get_integer(const json_t *object, const char *key)
{
        return json_integer_value(json_object_get(object, key));
}

static inline double get_number(const json_t *object, const char *key)
{
        return json_number_value(json_object_get(object, key));
}

static inline bool get_bool(const json_t *object, const char *key)
{
        return json_is_true(json_object_get(object, key));
}

/* Takes `value` over; NULL (a text that is not UTF-8) leaves the object as it is. */
static inline void set_value(json_t *object, const char *key, json_t *value)
{
        json_object_set_new(object, key, value);
}

/* Null for no text: none, an empty one, or one that is not UTF-8. */
static inline void set_text(json_t *object, const char *key, const char *text)
{
        json_t *value = text && *text ? json_string(text) : NULL;

        json_object_set_new(object, key, value ? value : json_null());
}
