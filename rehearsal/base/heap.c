#include "rehearsal/base/heap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define SMALL ((uint64_t)256 * 1024) /* allocations below this come from malloc's heap */

/* Index of the first allocation above `address`. */
static size_t upper_bound(const struct heap *heap, uint64_t address)
{
        size_t low = 0, high = heap->count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (heap->items[middle]->address <= address)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

struct allocation *heap_holding(const struct heap *heap, uint64_t address)
{
        size_t above = upper_bound(heap, address);

        if (!above || !allocation_holds(heap->items[above - 1], address, 1))
                return NULL;
        return heap->items[above - 1];
}

struct allocation *heap_reached(const struct heap *heap, uint64_t address)
{
        struct allocation *allocation = heap_holding(heap, address);

        return allocation && allocation->part && allocation->part != heap->part ? NULL : allocation;
}

struct allocation *heap_at(const struct heap *heap, uint64_t address)
{
        struct allocation *allocation = heap_holding(heap, address);

        return allocation && allocation->address == address ? allocation : NULL;
}

void *heap_memory(const struct heap *heap, uint64_t address, uint64_t size)
{
        const struct allocation *allocation = heap_holding(heap, address);

        if (!allocation || !allocation_holds(allocation, address, size))
                return NULL;
        return allocation->host + (address - allocation->address);
}

static bool insert(struct heap *heap, struct allocation *allocation)
{
        size_t at = upper_bound(heap, allocation->address);

        if (heap->count == heap->room) {
                size_t room = heap->room ? 2 * heap->room : 64;
                struct allocation **items =
                        realloc(heap->items, room * sizeof(struct allocation *));

                if (!items)
                        return false;
                heap->items = items;
                heap->room = room;
        }
        memmove(heap->items + at + 1, heap->items + at,
                (heap->count - at) * sizeof(struct allocation *));
        heap->items[at] = allocation;
        heap->count++;
        return true;
}

static bool is_device(const struct allocation *allocation)
{
        return allocation->kind != ALLOCATION_PINNED && allocation->kind != ALLOCATION_MANAGED;
}

static void release_host(const struct allocation *allocation)
{
        if (allocation->is_mapped)
                munmap(allocation->host, allocation->size);
        else if (!allocation->is_borrowed)
                free(allocation->host);
}

/* Zeros. What the host sees too gets pages of its own, as large things do. */
static bool take_host(struct allocation *allocation, uint64_t size)
{
        if (is_device(allocation) && size < SMALL) {
                allocation->host = calloc(1, size);
                return allocation->host;
        }

        void *host = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (host == MAP_FAILED)
                return false;
        allocation->host = host;
        allocation->is_mapped = true;
        return true;
}

/* An address with room behind it for an overrun to fall into. */
static uint64_t take_address(struct heap *heap, uint64_t size)
{
        if (!heap->next)
                heap->next = HEAP_BASE;

        uint64_t address = heap->next;
        uint64_t room = ((size + HEAP_ALIGN - 1) & ~(HEAP_ALIGN - 1)) + HEAP_ALIGN;

        if (size > HEAP_END - HEAP_BASE || room > HEAP_END - address)
                return 0;
        heap->next += room;
        return address;
}

static bool give_memory(struct heap *heap, struct allocation *allocation, uint64_t size)
{
        if (is_device(allocation) && size > heap->limit - heap->used)
                return false;
        if (!take_host(allocation, size))
                return false;
        allocation->size = size;
        allocation->address = is_device(allocation) ? take_address(heap, size)
                                                    : (uint64_t)(uintptr_t)allocation->host;
        if (allocation->address && insert(heap, allocation))
                return true;
        release_host(allocation);
        return false;
}

void heap_spoil(const struct heap *heap, void *memory, uint64_t size)
{
        memset(memory, heap->is_zeroed ? 0 : HEAP_POISON, size);
}

static bool promises_zeros(enum allocation_kind kind)
{
        return kind == ALLOCATION_MODULE || kind == ALLOCATION_PINNED;
}

struct allocation *heap_allocate(
        struct heap *heap, uint64_t size, enum allocation_kind kind, const void *owner)
{
        struct allocation *allocation = calloc(1, sizeof(*allocation));

        if (!allocation)
                return NULL;
        allocation->kind = kind;
        allocation->owner = owner;
        allocation->part = kind == ALLOCATION_DEVICE ? heap->part : 0;
        if (!size || !give_memory(heap, allocation, size)) {
                free(allocation);
                return NULL;
        }
        if (is_device(allocation))
                heap->used += size;
        if (!promises_zeros(kind) && size <= HEAP_POISON_MAX)
                heap_spoil(heap, allocation->host, size);
        return allocation;
}

struct allocation *heap_register(struct heap *heap, void *host, uint64_t size, const void *owner)
{
        struct allocation *allocation = calloc(1, sizeof(*allocation));
        size_t above = upper_bound(heap, (uint64_t)(uintptr_t)host);

        if (!allocation)
                return NULL;
        *allocation = (struct allocation){ .address = (uint64_t)(uintptr_t)host,
                .size = size,
                .host = host,
                .kind = ALLOCATION_PINNED,
                .is_borrowed = true,
                .owner = owner };
        if ((above && allocation_holds(heap->items[above - 1], allocation->address, 1)) ||
                (above < heap->count &&
                        allocation_holds(allocation, heap->items[above]->address, 1)) ||
                !insert(heap, allocation)) {
                free(allocation);
                return NULL;
        }
        return allocation;
}

static void remove_at(struct heap *heap, size_t index)
{
        struct allocation *allocation = heap->items[index];

        memmove(heap->items + index, heap->items + index + 1,
                (heap->count - index - 1) * sizeof(struct allocation *));
        heap->count--;
        if (is_device(allocation))
                heap->used -= allocation->size;
        release_host(allocation);
        free(allocation);
}

void heap_free(struct heap *heap, struct allocation *allocation)
{
        remove_at(heap, upper_bound(heap, allocation->address) - 1);
}

void heap_free_owned(struct heap *heap, const void *owner)
{
        for (size_t i = heap->count; i > 0; i--) {
                if (heap->items[i - 1]->owner == owner)
                        remove_at(heap, i - 1);
        }
        if (!heap->count) {
                free(heap->items);
                heap->items = NULL;
                heap->room = 0;
        }
}
