#include "jobs/sweep/sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/sweep/list.h"
#include "jobs/sweep/table.h"
#include "lib/cleanup.h"
#include "lib/path.h"

#define NO_NAME SIZE_MAX

/* --- the section --- */

static size_t name_length(const char *text)
{
        static const char any[] = "0123456789"
                                  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";

        return text[0] >= '0' && text[0] <= '9' ? 0 : strspn(text, any);
}

static size_t find(const struct sweep *sweep, const char *name, size_t length)
{
        for (size_t i = 0; i < sweep->names; i++)
                if (strlen(sweep->name[i].name) == length &&
                        memcmp(sweep->name[i].name, name, length) == 0)
                        return i;
        return NO_NAME;
}

static bool check_name(const struct sweep *sweep, const char *name, char *why)
{
        size_t length = name_length(name), other;

        if (length == 0 || name[length] != '\0' || length > SWEEP_MAX_NAME)
                return why_not(why,
                        "'%s' is no name: letters, digits and '_', no digit first, at most %u",
                        name, SWEEP_MAX_NAME);
        other = find(sweep, name, length);
        if (other != NO_NAME)
                return why_not(why, "%s= stands on line %u already", name, sweep->name[other].line);
        return sweep->names < SWEEP_MAX_NAMES ||
               why_not(why, "more than %u names", SWEEP_MAX_NAMES);
}

/* One word that ends in .csv. */
static bool is_table(const char *values)
{
        size_t length = strlen(values);

        return length > 4 && !strchr(values, ',') && strcmp(values + length - 4, ".csv") == 0;
}

static bool read_table(
        struct sweep_name *name, const char *file, const struct sweep_reader *reader, char *why)
{
        _cleanup_free_ char *text = NULL;
        size_t length;

        if (path_complaint(file))
                return why_not(why, "the path '%s' %s", file, path_complaint(file));
        name->file = strdup(file);
        return (name->file || why_not(why, "out of memory")) &&
               reader->read(reader->context, file, &text, &length, why) &&
               table_column(file, text, length, name->name, &name->values, why);
}

/* Columns of a table go with those that were named before, and are as long: of one reading. */
static bool take_turn(struct sweep *sweep, struct sweep_name *name, char *why)
{
        name->turn = sweep->turns;
        for (size_t i = 0; name->file && i < sweep->names; i++)
                if (sweep->name[i].file && strcmp(sweep->name[i].file, name->file) == 0)
                        name->turn = sweep->name[i].turn;
        if (name->turn < sweep->turns && sweep->turn[name->turn].count != name->values.count)
                return why_not(why, "%s has changed while it was read", name->file);
        sweep->turn[name->turn].count = name->values.count;
        sweep->turns += name->turn == sweep->turns;
        return true;
}

bool sweep_add(struct sweep *sweep, const char *name, const char *values, unsigned line,
        const struct sweep_reader *reader, char *why)
{
        struct sweep_name added = { .line = line };

        if (!check_name(sweep, name, why))
                return false;
        memcpy(added.name, name, strlen(name) + 1);
        if (!(is_table(values) ? read_table(&added, values, reader, why)
                               : list_expand(values, &added.values, why)) ||
                !take_turn(sweep, &added, why)) {
                free(added.file);
                values_clear(&added.values);
                return false;
        }
        sweep->name[sweep->names++] = added;
        return true;
}

/* No value has a control character: JSON makes two bytes of one at most. */
static size_t json_bytes(const struct sweep *sweep)
{
        size_t bytes = 16;

        for (size_t i = 0; i < sweep->names; i++) {
                size_t longest = 0;

                for (size_t k = 0; k < sweep->name[i].values.count; k++) {
                        size_t length = strlen(values_get(&sweep->name[i].values, k));

                        longest = length > longest ? length : longest;
                }
                bytes += strlen(sweep->name[i].name) + 2 * longest + 6;
        }
        return bytes;
}

bool sweep_count(struct sweep *sweep, char *why)
{
        uint64_t points = 1;

        if (sweep->names == 0)
                return why_not(why, "[Sweep] has no name=values");
        for (size_t i = sweep->turns; i-- > 0;) {
                sweep->turn[i].every = (size_t)points;
                points *= sweep->turn[i].count; /* each is a value's number at most */
                if (points > SWEEP_MAX_POINTS)
                        return why_not(why, "[Sweep] has more than %u points", SWEEP_MAX_POINTS);
        }
        sweep->points = (uint32_t)points;
        sweep->json_bytes = json_bytes(sweep);
        return true;
}

void sweep_free(struct sweep *sweep)
{
        if (!sweep)
                return;
        for (size_t i = 0; i < sweep->names; i++) {
                free(sweep->name[i].file);
                values_clear(&sweep->name[i].values);
        }
        lines_clear(&sweep->lines);
        free(sweep->chosen);
        free(sweep);
}

/* --- its points --- */

const char *sweep_value(const struct sweep *sweep, size_t name, uint32_t point)
{
        const struct sweep_turn *turn = &sweep->turn[sweep->name[name].turn];

        return values_get(&sweep->name[name].values, (point - 1) / turn->every % turn->count);
}

/* Appends to a text of `size` bytes; false when that is too long. */
static bool put(char *text, size_t size, size_t *used, const char *from, size_t length)
{
        if (length >= size - *used)
                return false;
        memcpy(text + *used, from, length);
        *used += length;
        text[*used] = '\0';
        return true;
}

/* The name that begins behind "${"; NO_NAME, and `why`, when there is none of that name. */
static size_t name_at(const struct sweep *sweep, const char *text, char *why)
{
        size_t length = strcspn(text, "}"), name;

        if (!text[length]) {
                why_not(why, "a '${' has no '}' behind it; a dollar is written $$");
                return NO_NAME;
        }
        name = find(sweep, text, length);
        if (name == NO_NAME)
                why_not(why, "${%.*s} is not known: [Sweep] has no '%.*s='", (int)length, text,
                        (int)length, text);
        return name;
}

bool sweep_fill(const struct sweep *sweep, uint32_t point, const char *text, char *ret_text,
        size_t size, bool *used, char *why)
{
        size_t length = 0;
        const char *at = text;
        bool fits = true;

        *ret_text = '\0';
        while (*at && fits) {
                size_t plain = strcspn(at, "$"), name;

                fits = put(ret_text, size, &length, at, plain);
                at += plain;
                if (!*at || !fits)
                        break;
                if (at[1] != '{') {
                        fits = put(ret_text, size, &length, "$", 1);
                        at += at[1] == '$' ? 2 : 1;
                        continue;
                }
                name = name_at(sweep, at + 2, why);
                if (name == NO_NAME)
                        return false;
                if (used)
                        used[name] = true;
                text = sweep_value(sweep, name, point);
                fits = put(ret_text, size, &length, text, strlen(text));
                at += strcspn(at, "}") + 1;
        }
        return fits ||
               why_not(why, "with the values of the sweep it is longer than %zu bytes", size - 1);
}

void sweep_describe(const struct sweep *sweep, uint32_t point, char ret_text[SWEEP_TEXT])
{
        size_t used = 0;

        *ret_text = '\0';
        for (size_t i = 0; i < sweep->names && used < SWEEP_TEXT; i++)
                used += (size_t)snprintf(ret_text + used, SWEEP_TEXT - used, "%s%s=%s",
                        i > 0 ? ", " : "", sweep->name[i].name, sweep_value(sweep, i, point));
}

size_t sweep_runs(const struct sweep *sweep)
{
        return sweep->chosen ? sweep->chosen_count : sweep->points;
}

uint32_t sweep_run(const struct sweep *sweep, size_t place)
{
        return sweep->chosen ? sweep->chosen[place] : (uint32_t)place + 1;
}
