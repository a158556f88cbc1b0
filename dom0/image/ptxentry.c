#include "dom0/image/ptxentry.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/base/memory.h"
#include "lib/cleanup.h"

/* The bytes of what begins at `at` and is no text of PTX's own; 0: it is. */
static size_t foreign_span(const char *at)
{
        const char *end;
        size_t span = 1;

        if (at[0] == '/' && at[1] == '/')
                return strcspn(at, "\n");
        if (at[0] == '/' && at[1] == '*') {
                end = strstr(at + 2, "*/");
                return end ? (size_t)(end + 2 - at) : strlen(at);
        }
        if (at[0] != '"')
                return 0;
        while (at[span] && at[span] != '"' && at[span] != '\n')
                span += at[span] == '\\' && at[span + 1] ? 2 : 1;
        return span + (at[span] == '"');
}

/* A copy that ends with a NUL and has blanks for its comments and strings. The driver reads up to
 * the first NUL, whatever is behind it. */
static char *strip(const char *text, size_t length)
{
        char *copy = memory_copy_text(text, strnlen(text, length));

        for (char *at = copy; (at += strcspn(at, "/\""), *at);) {
                size_t span = foreign_span(at);

                memset(at, ' ', span);
                at += span > 0 ? span : 1;
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

/* --- what stands before all else --- */

/* ".target sm_90a, debug": a list of words, wherever its lines end. */
static void read_target(const char *text, struct ptxentry *entry)
{
        const char *at = strstr(text, ".target");
        char *end;

        if (!at)
                return;
        at = skip_blanks(at + strlen(".target"));
        while (strncmp(at, "sm_", 3) != 0) {
                at = skip_blanks(at + name_length(at));
                if (*at != ',')
                        return;
                at = skip_blanks(at + 1);
        }
        entry->target = (unsigned)strtoul(at + 3, &end, 10);
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

static void read_address_size(const char *text, struct ptxentry *entry)
{
        const char *at = strstr(text, ".address_size");

        entry->narrow = at && strtoul(at + strlen(".address_size"), NULL, 10) == 32;
}

/* --- a kernel --- */

/* ".reqntid 32, 4": what is not named is 1. */
static void read_triple(const char *at, uint32_t ret_triple[3])
{
        char *end;

        for (unsigned i = 0; i < 3; i++)
                ret_triple[i] = 1;
        for (unsigned i = 0; i < 3; i++) {
                ret_triple[i] = (uint32_t)strtoul(at, &end, 0);
                at = skip_blanks(end);
                if (*at++ != ',')
                        return;
        }
}

/* The directives between a kernel's parameters and its code, which ends before `end`. */
static void read_directives(const char *at, const char *end, struct ptxentry *entry)
{
        uint32_t most[3];

        for (; at < end; at++) {
                if (strncmp(at, ".maxntid", 8) == 0) {
                        read_triple(at + 8, most);
                        entry->launch.most_threads = (uint64_t)most[0] * most[1] * most[2];
                } else if (strncmp(at, ".reqntid", 8) == 0) {
                        read_triple(at + 8, entry->launch.threads);
                } else if (strncmp(at, ".reqnctapercluster", 18) == 0) {
                        read_triple(at + 18, entry->launch.cluster);
                }
        }
}

/* `at` is behind the kernel's name: its parameters, its directives, its code. */
static void read_kernel(const char *at, struct ptxentry *entry)
{
        const char *open = skip_blanks(at), *close = *open == '(' ? strchr(open, ')') : NULL;
        const char *head = close ? close + 1 : open, *end = head + strcspn(head, "{;");

        if (*end != '{') {
                entry->declared = true;
                return;
        }
        entry->found = true;
        read_parameters(at, entry);
        read_directives(head, end, entry);
}

static void read_kernels(const char *text, const char *name, struct ptxentry *entry)
{
        for (const char *at = text; (at = strstr(at, ".entry"));) {
                size_t span;

                at += strlen(".entry");
                if (!isspace((unsigned char)*at))
                        continue;
                at = skip_blanks(at);
                span = name_length(at);
                add_name(entry, at, span);
                if (!entry->found && span == strlen(name) && strncmp(at, name, span) == 0)
                        read_kernel(at + span, entry);
        }
}

/* --- functions of others --- */

/* What the driver brings along: printf, assert, the heap, and what kernels that start kernels use.
 */
static bool is_of_driver(const char *name, size_t length)
{
        static const char *const names[] = { "vprintf", "__assertfail", "malloc", "free" };

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                if (strlen(names[i]) == length && strncmp(names[i], name, length) == 0)
                        return true;
        return strncmp(name, "cnp", 3) == 0 || strncmp(name, "__cuda", 6) == 0;
}

/* Whether a statement behind `from` calls it. */
static bool is_called(const char *text, const char *from, const char *name, size_t length)
{
        for (const char *at = from; (at = memmem(at, strlen(at), name, length)); at += length) {
                const char *start = at;

                if (name_length(at) != length || name_length(at - 1) != 0)
                        continue;
                while (start > text && !strchr(";{}", start[-1]))
                        start--;
                if (memmem(start, (size_t)(at - start), "call", 4))
                        return true;
        }
        return false;
}

/* ".extern .func (.param .b32 result) NAME (...)" of a function that is called. */
static void find_stranger(const char *text, struct ptxentry *entry)
{
        for (const char *at = text; (at = strstr(at, ".extern")) && !entry->stranger[0];) {
                size_t length;

                at = skip_blanks(at + strlen(".extern"));
                if (strncmp(at, ".func", 5) != 0)
                        continue;
                at = skip_blanks(at + 5);
                if (*at == '(')
                        at = skip_blanks(at + strcspn(at, ")") + (strchr(at, ')') ? 1 : 0));
                length = name_length(at);
                if (length > 0 && !is_of_driver(at, length) &&
                        is_called(text, at + length, at, length))
                        snprintf(entry->stranger, sizeof(entry->stranger), "%.*s", (int)length, at);
        }
}

static bool is_cut_off(const char *text)
{
        size_t depth = 0;

        for (; *text; text++) {
                if (*text == '{')
                        depth++;
                else if (*text == '}' && depth > 0)
                        depth--;
        }
        return depth > 0;
}

bool ptxentry_read(const char *text, size_t length, const char *name, struct ptxentry *ret_entry)
{
        _cleanup_free_ char *copy = strip(text, length);

        memset(ret_entry, 0, sizeof(*ret_entry));
        read_version(copy, ret_entry);
        read_target(copy, ret_entry);
        read_address_size(copy, ret_entry);
        read_kernels(copy, name, ret_entry);
        find_stranger(copy, ret_entry);
        ret_entry->cut_off = is_cut_off(copy);
        return ret_entry->found;
}
