#include "efi/firmware/pages.h"

#include "efi/firmware/firmware.h"

#define MEMORY_SPECIFIC_PURPOSE 0x40000ull /* EFI_MEMORY_SP: not for everybody */

/* An empty file is data too: never ask for no pages. */
static UINTN page_count(uint64_t size)
{
        return size ? (size + MEMORY_PAGE - 1) / MEMORY_PAGE : 1;
}

static bool allocate(const char *what, EFI_ALLOCATE_TYPE how, EFI_MEMORY_TYPE type,
        EFI_PHYSICAL_ADDRESS address, uint64_t size, struct pages *ret_pages, struct text *reason)
{
        EFI_STATUS status;

        status = firmware.boot->AllocatePages(how, type, page_count(size), &address);
        if (EFI_ERROR(status)) {
                text_add(reason, "%s: the firmware gave no %lu KiB of memory: %s", what,
                        (size + 1023) / 1024, firmware_strerror(status));
                return false;
        }
        *ret_pages = (struct pages){ (void *)address, size };
        return true;
}

bool pages_allocate(const char *what, uint64_t size, struct pages *ret_pages, struct text *reason)
{
        return allocate(what, AllocateAnyPages, EfiLoaderData, 0, size, ret_pages, reason);
}

bool pages_reserve(const char *what, uint64_t address, uint64_t size, struct pages *ret_pages,
        struct text *reason)
{
        return allocate(
                what, AllocateAddress, EfiReservedMemoryType, address, size, ret_pages, reason);
}

bool pages_reserve_below(const char *what, uint64_t limit, uint64_t size, struct pages *ret_pages,
        struct text *reason)
{
        return allocate(what, AllocateMaxAddress, EfiReservedMemoryType, limit - 1, size, ret_pages,
                reason);
}

void pages_free(struct pages *pages)
{
        if (pages->data)
                firmware.boot->FreePages(
                        (EFI_PHYSICAL_ADDRESS)pages->data, page_count(pages->size));
        *pages = (struct pages){ 0 };
}

static enum memory_kind kind_of(const EFI_MEMORY_DESCRIPTOR *descriptor)
{
        static const enum memory_kind kinds[] = {
                [EfiLoaderCode] = MEMORY_RAM,
                [EfiLoaderData] = MEMORY_RAM,
                [EfiBootServicesCode] = MEMORY_RAM,
                [EfiBootServicesData] = MEMORY_RAM,
                [EfiConventionalMemory] = MEMORY_FREE,
        };

        if (descriptor->Type >= sizeof(kinds) / sizeof(kinds[0]) ||
                !(descriptor->Attribute & EFI_MEMORY_WB) ||
                (descriptor->Attribute & MEMORY_SPECIFIC_PURPOSE))
                return MEMORY_OTHER;
        return kinds[descriptor->Type];
}

/* Asks for the firmware's own map, in its format; room for it is taken with some to spare. */
static bool read_map(struct pages *ret_raw, UINTN *ret_size, UINTN *ret_step, struct text *reason)
{
        UINTN size = 0, key, step = 0;
        UINT32 version;
        EFI_STATUS status;
        struct pages raw;

        firmware.boot->GetMemoryMap(&size, NULL, &key, &step, &version);
        size += 16 * (step ? step : sizeof(EFI_MEMORY_DESCRIPTOR));
        if (!pages_allocate("memory map", size, &raw, reason))
                return false;
        status = firmware.boot->GetMemoryMap(&size, raw.data, &key, &step, &version);
        if (EFI_ERROR(status) || step < sizeof(EFI_MEMORY_DESCRIPTOR)) {
                text_add(reason, "memory map: the firmware does not give it: %s",
                        firmware_strerror(status));
                pages_free(&raw);
                return false;
        }
        *ret_raw = raw;
        *ret_size = size;
        *ret_step = step;
        return true;
}

bool pages_map(struct memorymap *ret_map, struct pages *ret_pages, struct text *reason)
{
        struct pages raw, converted;
        UINTN size, step;
        size_t count;

        if (!read_map(&raw, &size, &step, reason))
                return false;
        count = size / step;
        if (!pages_allocate(
                    "memory map", count * sizeof(struct memorymap_range), &converted, reason)) {
                pages_free(&raw);
                return false;
        }

        struct memorymap_range *ranges = converted.data;

        for (size_t i = 0; i < count; i++) {
                const EFI_MEMORY_DESCRIPTOR *descriptor =
                        (const void *)((const uint8_t *)raw.data + i * step);

                ranges[i] = (struct memorymap_range){
                        .start = descriptor->PhysicalStart,
                        .size = descriptor->NumberOfPages * MEMORY_PAGE,
                        .kind = kind_of(descriptor),
                };
        }
        pages_free(&raw);
        *ret_map = (struct memorymap){ ranges, count };
        *ret_pages = converted;
        return true;
}
