/* forestage.efi: runs the stage when it is ordered, and the host's normal loader otherwise. */
#include "efi/console.h"
#include "efi/fallback.h"
#include "efi/firmware.h"
#include "efi/run.h"

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
        struct run run = { .entry_tsc = firmware_tsc() };
        EFI_STATUS status = firmware_open(image, system);
        char buffer[512];
        struct text reason;

        if (EFI_ERROR(status))
                return status;
        text_init(&reason, buffer, sizeof(buffer));
        run_go(&run, &reason);
        run_release(&run);
        console_print("forestage: falling back: %s\n", reason.data);
        return fallback_start(slice_of(run.conf.fallback));
}
