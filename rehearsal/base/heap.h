/*
 * Device memory: allocations of host memory behind addresses that no process uses. An address is
 * never given out twice, and allocations keep a distance, so that stale and overrunning pointers
 * are seen. Pinned and managed memory is known here too, under the host's own address.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEAP_BASE  UINT64_C(0x20000000000)
#define HEAP_END   UINT64_C(0x400000000000)
#define HEAP_ALIGN UINT64_C(512)

/* What memory holds that nothing was written to: as every kind of float a NaN, as an index -1. */
#define HEAP_POISON 0xff

/* Larger allocations are zeros until they are written, so that they take no memory before. */
#define HEAP_POISON_MAX (UINT64_C(64) << 20)

enum allocation_kind {
        ALLOCATION_DEVICE,
        ALLOCATION_PINNED,  /* cuMemHostAlloc, cuMemAllocHost, cuMemHostRegister */
        ALLOCATION_MANAGED, /* cuMemAllocManaged */
        ALLOCATION_MODULE,  /* a variable: cuMemFree may not have it */
        ALLOCATION_KERNEL,  /* a kernel's malloc: likewise */
};

struct allocation {
        uint64_t address;
        uint64_t size;
        uint8_t *host;
        enum allocation_kind kind;
        bool is_borrowed;  /* the host memory is the caller's (cuMemHostRegister) */
        bool is_mapped;    /* from mmap, else from calloc */
        const void *owner; /* context */
        unsigned part;     /* of the program (struct heap); 0: of all */
};

struct heap {
        struct allocation **items; /* by address */
        size_t count, room;
        uint64_t next;  /* address of the next allocation */
        uint64_t used;  /* bytes of device memory */
        uint64_t limit; /* of `used` */
        bool is_zeroed; /* fresh memory holds zeros, never HEAP_POISON */
        unsigned part;  /* of the program that allocates and launches now, on a wish of its own */
};

/*
 * Fresh memory: a module's variables and pinned memory are zeros, all else is HEAP_POISON up to its
 * limit. NULL when the limit or the host's memory does not allow it.
 */
struct allocation *heap_allocate(
        struct heap *heap, uint64_t size, enum allocation_kind kind, const void *owner);

/* Makes shared or local memory, which a kernel gets anew, look like fresh memory. */
void heap_spoil(const struct heap *heap, void *memory, uint64_t size);

/* Makes the caller's memory known. NULL without memory or when it overlaps another. */
struct allocation *heap_register(struct heap *heap, void *host, uint64_t size, const void *owner);

/* The allocation that starts at this address, or that holds it. */
struct allocation *heap_at(const struct heap *heap, uint64_t address);
struct allocation *heap_holding(const struct heap *heap, uint64_t address);

/* The same for a kernel, which reaches no memory of another part of the program than its own. */
struct allocation *heap_reached(const struct heap *heap, uint64_t address);

void heap_free(struct heap *heap, struct allocation *allocation);
void heap_free_owned(struct heap *heap, const void *owner);

/* Host memory behind all of `size` bytes at `address`, or NULL. */
void *heap_memory(const struct heap *heap, uint64_t address, uint64_t size);

static inline bool allocation_holds(
        const struct allocation *allocation, uint64_t address, uint64_t size)
{
        uint64_t offset = address - allocation->address; /* wraps below the start */

        return offset < allocation->size && size <= allocation->size - offset;
}
