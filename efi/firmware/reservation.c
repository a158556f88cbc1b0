#include "efi/firmware/reservation.h"

#include "efi/firmware/debug.h"
#include "efi/firmware/firmware.h"
#include "efi/layout/rsdp.h"

#include <string.h>

/* The firmware's RSDP, or NULL. */
static const void *find_rsdp(void)
{
        static const EFI_GUID acpi_20 = ACPI_20_TABLE_GUID;
        const EFI_CONFIGURATION_TABLE *tables = firmware.system->ConfigurationTable;

        for (UINTN i = 0; i < firmware.system->NumberOfTableEntries; i++)
                if (memcmp(&tables[i].VendorGuid, &acpi_20, sizeof(acpi_20)) == 0)
                        return tables[i].VendorTable;
        return NULL;
}

static bool reserve_region(uint64_t size, const struct memorymap *map,
        struct reservation *reservation, struct text *reason)
{
        uint64_t address;

        if (!memory_find_region(map, size, &address, reason))
                return false;
        debug_say("region: %lu bytes at 0x%lx", size, address);
        return pages_reserve("region", address, size, &reservation->region, reason);
}

static bool reserve_ebda(
        const struct memorymap *map, struct reservation *reservation, struct text *reason)
{
        const void *rsdp = find_rsdp();
        uint64_t address;

        if (!rsdp) {
                text_add(reason, "ACPI: the firmware has no RSDP of ACPI 2.0");
                return false;
        }
        debug_say("ACPI: RSDP at 0x%lx", (uint64_t)rsdp);
        if (!rsdp_check(rsdp, reason) || !memory_find_ebda(map, &address, reason))
                return false;
        debug_say("EBDA page: a copy of the RSDP at 0x%lx", address + RSDP_EBDA_OFFSET);
        if (!pages_reserve("EBDA page", address, RSDP_EBDA_BYTES, &reservation->ebda, reason))
                return false;
        rsdp_fill_ebda(reservation->ebda.data, rsdp);
        return true;
}

bool reservation_make(uint64_t size, struct reservation *ret_reservation, struct text *reason)
{
        struct reservation reservation = { 0 };
        struct memorymap map;
        struct pages map_pages;
        bool made;

        if (!pages_map(&map, &map_pages, reason))
                return false;
        made = reserve_region(size, &map, &reservation, reason) &&
               reserve_ebda(&map, &reservation, reason);
        pages_free(&map_pages);
        if (made)
                *ret_reservation = reservation;
        else
                reservation_free(&reservation);
        return made;
}

void reservation_free(struct reservation *reservation)
{
        pages_free(&reservation->region);
        pages_free(&reservation->ebda);
}
