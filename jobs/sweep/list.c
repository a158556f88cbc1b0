#include "jobs/sweep/list.h"

#include <string.h>

#include "jobs/sweep/range.h"
#include "jobs/sweep/values.h"
#include "lib/text.h"

/* A part between commas: a value, or a range of them. */
static bool add_part(struct sweep_values *values, const char *from, size_t length, char *why)
{
        char range[RANGE_MAX_BYTES + 1];

        from = text_trim(from, &length);
        if (length < 2 || !memmem(from, length, "..", 2))
                return values_add(values, from, length, why);
        if (length > RANGE_MAX_BYTES)
                return why_not(why, "a range is longer than %u bytes", RANGE_MAX_BYTES);
        memcpy(range, from, length);
        range[length] = '\0';
        return range_expand(range, values, why);
}

bool list_expand(const char *text, struct sweep_values *values, char *why)
{
        for (const char *at = text;; at++) {
                size_t length = strcspn(at, ",");

                if (!add_part(values, at, length, why))
                        return false;
                at += length;
                if (!*at)
                        return true;
        }
}
