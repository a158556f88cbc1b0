#include "jobs/sweep/values.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/grow.h"

static bool make_room(struct sweep_values *values, size_t bytes)
{
        size_t room = values->room > 0 ? values->room : 64;
        char *grown;

        while (room - values->bytes < bytes)
                room *= 2;
        if (room == values->room)
                return true;
        grown = realloc(values->text, room);
        if (!grown)
                return false;
        values->text = grown;
        values->room = room;
        return true;
}

bool values_add(struct sweep_values *values, const char *text, size_t length, char *why)
{
        size_t *grown;

        if (length == 0)
                return why_not(why, "a value is empty");
        if (length > VALUES_MAX_BYTES)
                return why_not(why, "a value has %zu bytes; at most %u are allowed", length,
                        VALUES_MAX_BYTES);
        if (values->count == VALUES_MAX)
                return why_not(why, "more than %u values", VALUES_MAX);
        grown = grow(values->at, values->count, sizeof(*grown));
        if (grown)
                values->at = grown;
        if (!grown || !make_room(values, length + 1))
                return why_not(why, "out of memory");
        values->at[values->count++] = values->bytes;
        memcpy(values->text + values->bytes, text, length);
        values->text[values->bytes + length] = '\0';
        values->bytes += length + 1;
        return true;
}

const char *values_get(const struct sweep_values *values, size_t number)
{
        return values->text + values->at[number];
}

void values_clear(struct sweep_values *values)
{
        free(values->text);
        free(values->at);
        memset(values, 0, sizeof(*values));
}
