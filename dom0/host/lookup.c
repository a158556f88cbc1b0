#include "dom0/host/lookup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/base/escape.h"
#include "dom0/host/source.h"

#define FILE_MAX ((size_t)1 << 20)

bool lookup_line(const struct host *host, const char *path, char *out, size_t size)
{
        char *full = host_path(host, "%s", path), *text;
        size_t length;

        *out = '\0';
        text = source_read_text(full, FILE_MAX, &length);
        free(full);
        if (!text)
                return false;
        escape_text(text, strcspn(text, "\n"), out, size);
        free(text);
        return true;
}

bool lookup_value_in(const char *text, const char *key, char *out, size_t size)
{
        size_t length = strlen(key);

        *out = '\0';
        for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
                const char *value = line + length;

                if (strncmp(line, key, length) != 0)
                        continue;
                value += strspn(value, " \t");
                if (*value != ':')
                        continue;
                value++;
                value += strspn(value, " \t");
                escape_text(value, strcspn(value, "\n"), out, size);
                return true;
        }
        return false;
}

bool lookup_value(
        const struct host *host, const char *path, const char *key, char *out, size_t size)
{
        char *full = host_path(host, "%s", path), *text;
        size_t length;
        bool found;

        *out = '\0';
        text = source_read_text(full, FILE_MAX, &length);
        free(full);
        found = text && lookup_value_in(text, key, out, size);
        free(text);
        return found;
}
