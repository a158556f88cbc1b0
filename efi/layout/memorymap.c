#include "efi/layout/memorymap.h"

#define EBDA_LEAST      0x40000ull
#define EBDA_LIMIT      0xa0000ull
#define TRAMPOLINE_SIZE 0x10000ull

/* The free part of a range that a region may use, with aligned ends. */
static bool region_window(
        const struct memorymap_range *range, uint64_t *ret_start, uint64_t *ret_end)
{
        uint64_t start = range->start, end = range->start + range->size;

        if (range->kind != MEMORY_FREE || start >= MEMORY_REGION_LIMIT)
                return false;
        if (start < MEMORY_REGION_LEAST)
                start = MEMORY_REGION_LEAST;
        if (end > MEMORY_REGION_LIMIT)
                end = MEMORY_REGION_LIMIT;
        start = (start + MEMORY_REGION_ALIGN - 1) & ~(MEMORY_REGION_ALIGN - 1);
        end &= ~(MEMORY_REGION_ALIGN - 1);
        if (start >= end)
                return false;
        *ret_start = start;
        *ret_end = end;
        return true;
}

bool memory_find_region(
        const struct memorymap *map, uint64_t size, uint64_t *ret_address, struct text *reason)
{
        uint64_t best = 0, largest = 0;

        for (size_t i = 0; i < map->count; i++) {
                uint64_t start, end;

                if (!region_window(&map->ranges[i], &start, &end))
                        continue;
                if (end - start > largest)
                        largest = end - start;
                if (end - start >= size && end - size > best)
                        best = end - size;
        }
        if (!best) {
                text_add(reason,
                        "region: no room for %lu MiB between 1 and 4 GiB, at most %lu MiB are free "
                        "in one piece",
                        size >> 20, largest >> 20);
                return false;
        }
        *ret_address = best;
        return true;
}

/* The range that an address is in, or NULL. */
static const struct memorymap_range *range_at(const struct memorymap *map, uint64_t address)
{
        for (size_t i = 0; i < map->count; i++)
                if (address - map->ranges[i].start < map->ranges[i].size)
                        return &map->ranges[i];
        return NULL;
}

static bool is_plain_ram(const struct memorymap *map, uint64_t start, uint64_t size)
{
        uint64_t at = start;

        while (at < start + size) {
                const struct memorymap_range *range = range_at(map, at);

                if (!range || range->kind == MEMORY_OTHER)
                        return false;
                at = range->start + range->size;
        }
        return true;
}

static bool is_free_page(const struct memorymap *map, uint64_t address)
{
        const struct memorymap_range *range = range_at(map, address);

        return range && range->kind == MEMORY_FREE &&
               range->start + range->size - address >= MEMORY_PAGE;
}

bool memory_find_ebda(const struct memorymap *map, uint64_t *ret_address, struct text *reason)
{
        for (uint64_t page = EBDA_LIMIT - MEMORY_PAGE; page >= EBDA_LEAST; page -= MEMORY_PAGE)
                if (is_free_page(map, page) &&
                        is_plain_ram(map, page - TRAMPOLINE_SIZE, TRAMPOLINE_SIZE)) {
                        *ret_address = page;
                        return true;
                }
        text_add(reason,
                "ACPI: no free page below 640 KiB with 64 KiB of plain RAM below it, which "
                "Xen needs to find the RSDP");
        return false;
}

uint64_t memory_free_bytes(const struct memorymap *map)
{
        uint64_t bytes = 0;

        for (size_t i = 0; i < map->count; i++)
                if (map->ranges[i].kind == MEMORY_FREE)
                        bytes += map->ranges[i].size;
        return bytes;
}
