#include "dom0/image/ptxentry.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/base/memory.h"
#include "lib/cleanup.h"

/* A copy that ends with a NUL and has blanks for its comments. */
static char *strip(const char *text, size_t length)
{
        char *copy = memory_get(length + 1);

        for (size_t i = 0; i < length; i++)
                copy[i] = text[i] ? text[i] : ' ';
        for (char *at = copy; (at = strchr(at, '/'));) {
                size_t span;

                if (at[1] == '/') {
                        span = strcspn(at, "\n");
                } else if (at[1] == '*') {
                        const char *end = strstr(at + 2, "*/");

                        span = end ? (size_t)(end + 2 - at) : strlen(at);
                } else {
                        at++;
                        continue;
                }
                memset(at, ' ', span);
        }
        return copy;
}

static const char *skip_blanks(const char *at)
{
        return at + strspn(at, " \t\r\n");
}

/* Identifiers of PTX: letters, digits, '_', '$' and '%'. */
static size_t name_length(const char *at)
{
        size_t length = 0;

        while (isalnum((unsigned char)at[length]) || (at[length] && strchr("_$%", at[length])))
                length++;
        return length;
}

bool ptxentry_is_ptx(const char *text, size_t length)
{
        _cleanup_free_ char *copy = strip(text, length < 65536 ? length : 65536);

        return strncmp(skip_blanks(copy), ".version", 8) == 0;
}

/* ".u64" and its like; 0: something else. */
static uint64_t type_bytes(const char *at, size_t length)
{
        uint64_t bits;

        if (length < 3 || !strchr("bsuf", at[1]))
                return 0;
        bits = strtoul(at + 2, NULL, 10);
        return bits % 8 == 0 && bits <= 128 ? bits / 8 : 0;
}

/* One declaration: ".param .align 8 .b8 name[24]". */
static uint64_t parameter_bytes(const char *at, const char *end, char *ret_kind)
{
        uint64_t bytes = 0;

        while ((at = skip_blanks(at)) < end) {
                size_t length = strcspn(at, " \t\r\n[,)");

                if (*at == '[') {
                        *ret_kind = '\0';
                        return bytes * strtoul(at + 1, NULL, 0);
                }
                if (*at == '.' && length > 1 && type_bytes(at, length) > 0)
                        bytes = type_bytes(at, length), *ret_kind = at[1];
                at += length > 0 ? length : 1;
        }
        return bytes;
}

/* The list in parentheses behind a kernel's name, which may be missing. */
static void read_parameters(const char *at, struct ptxentry *entry)
{
        const char *close;

        at = skip_blanks(at);
        if (*at != '(')
                return;
        close = strchr(++at, ')');
        if (!close || skip_blanks(at) == close)
                return;
        while (at < close && entry->parameters < PTXENTRY_MAX_PARAMETERS) {
                const char *comma = memchr(at, ',', (size_t)(close - at));
                const char *end = comma ? comma : close;

                entry->bytes[entry->parameters] =
                        parameter_bytes(at, end, &entry->kind[entry->parameters]);
                entry->parameters++;
                at = end + 1;
        }
}

static void add_name(struct ptxentry *entry, const char *name, size_t length)
{
        size_t used = strlen(entry->names);

        if (used + length + 3 < sizeof(entry->names))
                snprintf(entry->names + used, sizeof(entry->names) - used, "%s%.*s",
                        used > 0 ? ", " : "", (int)length, name);
}

static void read_target(const char *text, struct ptxentry *entry)
{
        const char *at = strstr(text, ".target"), *end, *digits;

        if (!at)
                return;
        end = at + strcspn(at, "\n");
        digits = strstr(at, "sm_");
        if (!digits || digits > end)
                return;
        entry->target = (unsigned)strtoul(digits + 3, (char **)&end, 10);
        entry->exact_target = *end == 'a';
        entry->family_target = *end == 'f';
}

static void read_version(const char *text, struct ptxentry *entry)
{
        const char *at = strstr(text, ".version");
        unsigned major, minor;

        if (at && sscanf(at, ".version %3u.%1u", &major, &minor) == 2)
                entry->version = 10 * major + minor;
}

bool ptxentry_read(const char *text, size_t length, const char *name, struct ptxentry *ret_entry)
{
        _cleanup_free_ char *copy = strip(text, length);

        memset(ret_entry, 0, sizeof(*ret_entry));
        read_version(copy, ret_entry);
        read_target(copy, ret_entry);
        for (const char *at = copy; (at = strstr(at, ".entry"));) {
                size_t span;

                at += strlen(".entry");
                if (!isspace((unsigned char)*at))
                        continue;
                at = skip_blanks(at);
                span = name_length(at);
                add_name(ret_entry, at, span);
                if (!ret_entry->found && span == strlen(name) && strncmp(at, name, span) == 0) {
                        ret_entry->found = true;
                        read_parameters(at + span, ret_entry);
                }
        }
        return ret_entry->found;
}
