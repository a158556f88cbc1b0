#include "initramfs/xen/placement.h"

#include <stdlib.h>
#include <string.h>

static uint64_t page_up(uint64_t value)
{
        return (value + PLACEMENT_PAGE - 1) & ~(uint64_t)(PLACEMENT_PAGE - 1);
}

/* Whether two ranges share a byte. */
static bool meet(uint64_t start, uint64_t size, uint64_t other, uint64_t other_size)
{
        return start < other + other_size && other < start + size;
}

/* The end of what is taken and meets the range, or 0. */
static uint64_t end_of_taken(const struct placement *placement, uint64_t start, uint64_t size)
{
        for (size_t i = 0; i < placement->count; i++)
                if (meet(start, size, placement->taken[i].start, placement->taken[i].size))
                        return placement->taken[i].start + placement->taken[i].size;
        return 0;
}

static bool take(struct placement *placement, uint64_t start, uint64_t size)
{
        if (placement->count == PLACEMENT_MAX)
                return false;
        placement->taken[placement->count].start = start;
        placement->taken[placement->count++].size = size;
        return true;
}

static bool is_usable(const struct memory_map *map, uint64_t start, uint64_t size)
{
        for (size_t i = 0; i < map->count; i++)
                if (map->entries[i].type == MEMORY_USABLE && map->entries[i].start <= start &&
                        start + size <= map->entries[i].start + map->entries[i].size)
                        return true;
        return false;
}

bool placement_take(struct placement *placement, uint64_t start, uint64_t size)
{
        size = page_up(size);
        return start % PLACEMENT_PAGE == 0 && size > 0 && start < PLACEMENT_LIMIT &&
               size <= PLACEMENT_LIMIT - start && is_usable(&placement->map, start, size) &&
               !end_of_taken(placement, start, size) && take(placement, start, size);
}

static uint64_t align_up(uint64_t value, uint64_t align)
{
        return (value + align - 1) & ~(align - 1);
}

/* The lowest free place from `start` on, whose end is not behind `end`. */
static bool find_low(const struct placement *placement, uint64_t start, uint64_t end, uint64_t size,
        uint64_t align, uint64_t *ret_start)
{
        uint64_t taken;

        for (start = align_up(start, align); start < end && size <= end - start;
                start = align_up(taken, align)) {
                taken = end_of_taken(placement, start, size);
                if (!taken) {
                        *ret_start = start;
                        return true;
                }
        }
        return false;
}

/* The highest of these: a step of `align` down, until nothing that is taken is in the way. */
static bool find_high(const struct placement *placement, uint64_t start, uint64_t end,
        uint64_t size, uint64_t align, uint64_t *ret_start)
{
        if (end < size)
                return false;
        for (uint64_t at = (end - size) & ~(align - 1); at >= start; at -= align) {
                if (!end_of_taken(placement, at, size)) {
                        *ret_start = at;
                        return true;
                }
                if (at < align)
                        break;
        }
        return false;
}

/* In one entry of the map. */
static bool find_in(const struct placement *placement, const struct memory_entry *entry,
        uint64_t size, const struct placement_range *range, uint64_t *ret_start)
{
        uint64_t start = entry->start > range->least ? entry->start : range->least;
        uint64_t end = entry->start + entry->size;

        if (entry->type != MEMORY_USABLE)
                return false;
        if (end > PLACEMENT_LIMIT)
                end = PLACEMENT_LIMIT;
        if (end > range->most)
                end = range->most + 1;
        return range->high ? find_high(placement, start, end, size, range->align, ret_start)
                           : find_low(placement, start, end, size, range->align, ret_start);
}

bool placement_find_in(struct placement *placement, uint64_t size,
        const struct placement_range *range, uint64_t *ret_start)
{
        const struct memory_map *map = &placement->map;
        struct placement_range whole = *range;
        uint64_t start;

        if (whole.align < PLACEMENT_PAGE)
                whole.align = PLACEMENT_PAGE;
        size = page_up(size ? size : 1);
        for (size_t i = 0; i < map->count; i++) {
                size_t entry = whole.high ? map->count - 1 - i : i;

                if (!find_in(placement, &map->entries[entry], size, &whole, &start))
                        continue;
                if (!take(placement, start, size))
                        return false;
                *ret_start = start;
                return true;
        }
        return false;
}

bool placement_find(struct placement *placement, uint64_t size, uint64_t *ret_start)
{
        const struct placement_range range = { PLACEMENT_FIRST, PLACEMENT_LIMIT - 1, PLACEMENT_PAGE,
                false };

        return placement_find_in(placement, size, &range, ret_start);
}

static int compare(const void *left, const void *right)
{
        const struct memory_entry *l = left, *r = right;

        if (l->start != r->start)
                return l->start < r->start ? -1 : 1;
        return 0;
}

/* Cuts a usable entry where its neighbour begins or ends. */
static void cut(struct memory_entry *first, struct memory_entry *second)
{
        uint64_t end = first->start + first->size, over;

        if (end <= second->start)
                return;
        over = end - second->start;
        if (first->type == MEMORY_USABLE) {
                first->size -= over;
        } else if (second->type == MEMORY_USABLE) {
                over = over < second->size ? over : second->size;
                second->start += over;
                second->size -= over;
        }
}

void memory_map_sort(struct memory_map *map)
{
        qsort(map->entries, map->count, sizeof(map->entries[0]), compare);
        for (size_t i = 0; i + 1 < map->count; i++)
                cut(&map->entries[i], &map->entries[i + 1]);
}

/* The entry that holds all of the range, which ends without an overflow; NULL: none does. */
static struct memory_entry *entry_around(struct memory_map *map, uint64_t start, uint64_t size)
{
        for (size_t i = 0; i < map->count; i++) {
                struct memory_entry *entry = &map->entries[i];

                if (entry->start <= start && start - entry->start < entry->size &&
                        size <= entry->size - (start - entry->start))
                        return entry;
        }
        return NULL;
}

/* Cuts an entry in two; `size` bytes stay in the first. Returns the second. */
static struct memory_entry *split(struct memory_map *map, struct memory_entry *entry, uint64_t size)
{
        size_t behind = map->count++ - (size_t)(entry - map->entries);

        memmove(entry + 1, entry, behind * sizeof(*entry));
        entry[0].size = size;
        entry[1].start += size;
        entry[1].size -= size;
        return entry + 1;
}

bool memory_map_release(struct memory_map *map, uint64_t start, uint64_t size)
{
        struct memory_entry *entry;

        if (start % PLACEMENT_PAGE != 0 || size == 0 || size > PLACEMENT_LIMIT)
                return false;
        size = page_up(size);
        entry = entry_around(map, start, size);
        if (!entry || entry->type != MEMORY_RESERVED || map->capacity - map->count < 2)
                return false;
        if (start > entry->start)
                entry = split(map, entry, start - entry->start);
        if (size < entry->size)
                split(map, entry, size);
        entry->type = MEMORY_USABLE;
        return true;
}
