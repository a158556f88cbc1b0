#include "dom0/host/lookup.h"

#include <string.h>

#include "dom0/base/escape.h"
#include "dom0/host/source.h"
#include "lib/cleanup.h"

#define FILE_MAX ((size_t)1 << 20)

/* All of a file, owned by the caller; NULL: cannot be read. */
static char *read_file(const struct host *host, const char *path)
{
        _cleanup_free_ char *full = host_path(host, "%s", path);
        size_t length;

        return source_read_text(full, FILE_MAX, &length);
}

bool lookup_line(const struct host *host, const char *path, char *out, size_t size)
{
        _cleanup_free_ char *text = read_file(host, path);

        *out = '\0';
        if (text)
                escape_text(text, strcspn(text, "\n"), out, size);
        return text != NULL;
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
        _cleanup_free_ char *text = read_file(host, path);

        *out = '\0';
        return text && lookup_value_in(text, key, out, size);
}
