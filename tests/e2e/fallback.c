/* Stands for the host's normal loader in the QEMU tests: says so and turns the machine off. */
#include <efi.h>

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
        (void)image;
        system->ConOut->OutputString(system->ConOut, L"fallback loader started\r\n");
        system->RuntimeServices->ResetSystem(EfiResetShutdown, EFI_SUCCESS, 0, NULL);
        return EFI_DEVICE_ERROR;
}
