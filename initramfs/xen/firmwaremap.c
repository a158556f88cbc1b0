#include "initramfs/xen/firmwaremap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "initramfs/xen/placement.h"
#include "lib/io.h"

#define MAX_ENTRIES 1024u
#define PATH_BYTES  256u
#define LINE_BYTES  64u

/* Linux's names, drivers/firmware/memmap.c and arch/x86/kernel/e820.c. */
static const struct {
        const char *name;
        enum memory_type type;
} types[] = {
        { "System RAM", MEMORY_USABLE },
        { "ACPI Tables", MEMORY_ACPI },
        { "ACPI Non-volatile Storage", MEMORY_NVS },
        { "Unusable memory", MEMORY_BAD },
};

enum memory_type firmwaremap_type(const char *name)
{
        for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
                if (strcmp(name, types[i].name) == 0)
                        return types[i].type;
        return MEMORY_RESERVED;
}

/* The first line of FOLDER/NUMBER/NAME. */
static bool read_line(const char *folder, size_t number, const char *name, char line[LINE_BYTES])
{
        char path[PATH_BYTES];

        snprintf(path, sizeof(path), "%s/%zu/%s", folder, number, name);
        errno = EIO; /* of an empty file */
        if (!io_read_text(path, line, LINE_BYTES))
                return false;
        line[strcspn(line, "\n")] = '\0';
        return true;
}

static bool read_number(const char *folder, size_t number, const char *name, uint64_t *ret_value)
{
        char line[LINE_BYTES], *end;

        if (!read_line(folder, number, name, line))
                return false;
        *ret_value = strtoull(line, &end, 0);
        if (end == line || *end != '\0')
                errno = EINVAL;
        return end != line && *end == '\0';
}

/* `end` is the last byte, not the one behind it. */
static bool read_entry(const char *folder, size_t number, struct memory_entry *ret_entry)
{
        uint64_t start, end;
        char type[LINE_BYTES];

        if (!read_number(folder, number, "start", &start) ||
                !read_number(folder, number, "end", &end) ||
                !read_line(folder, number, "type", type))
                return false;
        if (end < start || end - start == UINT64_MAX) {
                errno = EINVAL;
                return false;
        }
        *ret_entry = (struct memory_entry){ start, end - start + 1, firmwaremap_type(type) };
        return true;
}

bool firmwaremap_read(const char *folder, struct memory_map *ret_map)
{
        const size_t capacity = MAX_ENTRIES + FIRMWAREMAP_SPARE;
        struct memory_map map = { calloc(capacity, sizeof(map.entries[0])), 0, capacity };

        if (!map.entries)
                return false;
        while (map.count < MAX_ENTRIES && read_entry(folder, map.count, &map.entries[map.count]))
                map.count++;
        if (map.count == 0 || map.count == MAX_ENTRIES || errno != ENOENT) {
                if (map.count == MAX_ENTRIES)
                        errno = E2BIG;
                free(map.entries);
                return false;
        }
        memory_map_sort(&map);
        *ret_map = map;
        return true;
}
