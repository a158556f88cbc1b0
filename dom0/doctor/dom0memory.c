#include "dom0/doctor/dom0memory.h"

#include <string.h>

#include "lib/number.h"

bool dom0_memory_size(const char *text, size_t length, uint64_t *ret_bytes)
{
        uint64_t number;

        if (length > 0 && (text[length - 1] | 0x20) == 'b')
                return number_parse(text, length - 1, ret_bytes);
        if (!number_parse(text, length, &number))
                return number_parse_size(text, length, ret_bytes);
        if (number > UINT64_MAX >> 10)
                return false;
        *ret_bytes = number << 10;
        return true;
}

/* The parts of dom0_mem=: SIZE and max:SIZE; min: does not matter. */
static void read_parts(const char *list, size_t length, uint64_t *size, uint64_t *most)
{
        for (const char *at = list, *end = list + length; at <= end;) {
                size_t part = 0;

                while (at + part < end && at[part] != ',')
                        part++;
                if (part > 4 && memcmp(at, "max:", 4) == 0)
                        dom0_memory_size(at + 4, part - 4, most);
                else
                        dom0_memory_size(at, part, size);
                at += part + 1;
        }
}

enum dom0_memory dom0_memory_read(const char *xen_line)
{
        uint64_t size = 0, most = 0;

        if (!*xen_line)
                return MEMORY_UNKNOWN;
        for (const char *at = xen_line; *at; at += strspn(at, " \t")) {
                size_t length = strcspn(at, " \t");

                if (length > 9 && memcmp(at, "dom0_mem=", 9) == 0)
                        read_parts(at + 9, length - 9, &size, &most);
                at += length;
        }
        return size > 0 && size == most ? MEMORY_FIXED : MEMORY_ELASTIC;
}
