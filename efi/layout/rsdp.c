#include "efi/layout/rsdp.h"

#include <string.h>

#define V1_BYTES        20u
#define OFFSET_REVISION 15u
#define OFFSET_LENGTH   20u

static uint8_t sum(const uint8_t *bytes, size_t count)
{
        uint8_t total = 0;

        for (size_t i = 0; i < count; i++)
                total = (uint8_t)(total + bytes[i]);
        return total;
}

bool rsdp_check(const void *rsdp, struct text *reason)
{
        const uint8_t *bytes = rsdp;
        uint32_t length;

        memcpy(&length, bytes + OFFSET_LENGTH, sizeof(length));
        if (memcmp(bytes, "RSD PTR ", 8) != 0)
                text_add(reason, "ACPI: the firmware's RSDP has no signature");
        else if (sum(bytes, V1_BYTES) != 0)
                text_add(reason, "ACPI: the firmware's RSDP has a wrong checksum");
        else if (bytes[OFFSET_REVISION] < 2)
                text_add(reason, "ACPI: the firmware's RSDP is of ACPI 1.0");
        else if (length != RSDP_BYTES)
                text_add(reason, "ACPI: the firmware's RSDP is %u bytes, not %u", length,
                        RSDP_BYTES);
        else if (sum(bytes, RSDP_BYTES) != 0)
                text_add(reason, "ACPI: the firmware's RSDP has a wrong extended checksum");
        else
                return true;
        return false;
}

void rsdp_fill_ebda(void *page, const void *rsdp)
{
        uint8_t *bytes = page;

        memset(bytes, 0, RSDP_EBDA_BYTES);
        bytes[0] = RSDP_EBDA_BYTES / 1024;
        memcpy(bytes + RSDP_EBDA_OFFSET, rsdp, RSDP_BYTES);
}
