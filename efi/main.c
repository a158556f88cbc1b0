/* forestage.efi: runs the stage when it is ordered, and the host's normal loader otherwise. */
#include "efi/firmware/console.h"
#include "efi/firmware/fallback.h"
#include "efi/firmware/firmware.h"
#include "efi/parse/loadoptions.h"
#include "efi/run.h"

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

/*
 * GRUB starts this program with the word `return`: it is the host's loader itself, and goes on with
 * its own menu when we come back. Starting it once more from here could go round in circles.
 */
static bool is_to_return(void)
{
        return loadoptions_have(
                firmware.loaded->LoadOptions, firmware.loaded->LoadOptionsSize, "return");
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
        struct boot run = { .entry_tsc = firmware_tsc() };
        EFI_STATUS status = firmware_open(image, system);
        char buffer[512];
        struct text reason;

        if (EFI_ERROR(status))
                return status;
        text_init(&reason, buffer, sizeof(buffer));
        run_go(&run, &reason);
        run_release(&run);
        console_print("forestage: falling back: %s\n", reason.data);
        if (is_to_return())
                return EFI_SUCCESS;
        return fallback_start(slice_of(run.conf.fallback));
}
