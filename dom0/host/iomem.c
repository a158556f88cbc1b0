#include "dom0/host/iomem.h"

#include <string.h>
#include <strings.h>

#include "lib/hex.h"

struct line {
        uint64_t first;
        uint64_t last;
        const char *name;
        size_t name_length;
};

/* Hexadecimal digits from *at on; moves *at behind them. False when there are none or too many. */
static bool take_address(const char **at, const char *end, uint64_t *ret_address)
{
        const char *start = *at;
        uint64_t address = 0;

        while (*at < end && hex_value(**at) >= 0 && *at - start < 16)
                address = address << 4 | (unsigned int)hex_value(*(*at)++);
        *ret_address = address;
        return *at > start;
}

static bool take_text(const char **at, const char *end, const char *text)
{
        size_t length = strlen(text);

        if ((size_t)(end - *at) < length || memcmp(*at, text, length) != 0)
                return false;
        *at += length;
        return true;
}

/* "FIRST-LAST : NAME" that starts in the first column, or false. */
static bool parse_line(const char *at, const char *end, struct line *ret_line)
{
        struct line line;

        if (!take_address(&at, end, &line.first) || !take_text(&at, end, "-") ||
                !take_address(&at, end, &line.last) || !take_text(&at, end, " : "))
                return false;
        line.name = at;
        line.name_length = (size_t)(end - at);
        *ret_line = line;
        return true;
}

static bool is_reserved(const struct line *line)
{
        static const char name[] = "Reserved"; /* "reserved" before Linux 4.12 */

        return line->name_length == sizeof(name) - 1 &&
               strncasecmp(line->name, name, sizeof(name) - 1) == 0;
}

enum iomem_answer iomem_check(const char *text, size_t length, const struct memory_range *range)
{
        const char *end = text + length;
        uint64_t next = range->address; /* the first byte not yet seen to be reserved */
        uint64_t stop = range->address + range->size;
        bool any = false, addresses = false;

        while (text < end) {
                const char *newline = memchr(text, '\n', (size_t)(end - text));
                const char *line_end = newline ? newline : end;
                struct line line;

                if (parse_line(text, line_end, &line)) {
                        any = true;
                        addresses = addresses || line.last != 0;
                        if (is_reserved(&line) && line.first <= next && line.last >= next)
                                next = line.last + 1; /* the map is in ascending order */
                }
                text = newline ? newline + 1 : end;
        }
        if (!any)
                return IOMEM_EMPTY;
        if (!addresses)
                return IOMEM_HIDDEN;
        return next >= stop ? IOMEM_RESERVED : IOMEM_OTHER;
}
