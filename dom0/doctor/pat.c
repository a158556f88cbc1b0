#include "dom0/doctor/pat.h"

#include <stdio.h>
#include <string.h>

#include "lib/text.h"

#define KINDS 8u

static const char *const names[KINDS + 1] = { "UC", "WC", "?", "?", "WT", "WP", "WB", "UC-", NULL };

void pat_decode(uint64_t msr, struct pat *ret_pat)
{
        for (size_t i = 0; i < PAT_ENTRIES; i++) {
                unsigned type = (unsigned)(msr >> 8 * i) & 0xff;

                snprintf(ret_pat->types[i], sizeof(ret_pat->types[i]), "%s",
                        type < KINDS ? names[type] : "?");
        }
}

bool pat_parse(const char *line, struct pat *ret_pat)
{
        const char *at = strstr(line, "[0-7]:");
        struct pat pat;
        int used;

        if (!at)
                return false;
        at += strlen("[0-7]:");
        for (size_t i = 0; i < PAT_ENTRIES; i++, at += used)
                if (sscanf(at, "%3s%n", pat.types[i], &used) != 1 ||
                        !text_is_one_of(pat.types[i], names))
                        return false;
        *ret_pat = pat;
        return true;
}

int pat_write_combining(const struct pat *pat)
{
        for (size_t i = 0; i < PAT_ENTRIES; i++)
                if (strcmp(pat->types[i], "WC") == 0)
                        return (int)i;
        return -1;
}

void pat_format(const struct pat *pat, char *out, size_t size)
{
        size_t used = 0;

        *out = '\0';
        for (size_t i = 0; i < PAT_ENTRIES && used < size; i++)
                used += (size_t)snprintf(
                        out + used, size - used, "%s%s", i ? " " : "", pat->types[i]);
}
