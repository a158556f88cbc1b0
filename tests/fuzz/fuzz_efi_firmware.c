/* What the firmware and the kernel file hand us: PE headers, device paths, the RSDP. */
#include "efi/layout/devicepath.h"
#include "efi/layout/pe.h"
#include "efi/layout/rsdp.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A device path has no length of its own: give it its greatest, and an end where it must stop. */
static void try_device_path(const uint8_t *data, size_t size)
{
        uint8_t *path = calloc(1, DEVICEPATH_MAX_BYTES), bytes[DEVICEPATH_MAX_BYTES];
        size_t length;

        if (!path)
                abort();
        memcpy(path, data, size < DEVICEPATH_MAX_BYTES ? size : DEVICEPATH_MAX_BYTES);
        length = devicepath_of_file(path, SLICE("EFI/a/b.efi"), bytes);
        if (length > DEVICEPATH_MAX_BYTES)
                abort();
        devicepath_is_file(path, SLICE("EFI/a/b.efi"));
        free(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char buffer[128];
        struct text reason;

        text_init(&reason, buffer, sizeof(buffer));
        pe_check("vmlinuz", data, size, &reason);
        if (size >= RSDP_BYTES)
                rsdp_check(data, &reason);
        try_device_path(data, size);
        return 0;
}
