#include "efi/firmware/image.h"

#include "efi/firmware/debug.h"
#include "efi/firmware/firmware.h"

#define WATCHDOG_SECONDS 300 /* what a boot manager gives every boot option */

static void refuse(const char *name, EFI_STATUS status, struct text *reason)
{
        if (status == EFI_SECURITY_VIOLATION || status == EFI_ACCESS_DENIED)
                text_add(reason,
                        "%s: Secure Boot does not allow it (not signed with a key this "
                        "firmware trusts)",
                        name);
        else if (status == EFI_NOT_FOUND)
                text_add(reason, "%s: not found", name);
        else
                text_add(reason, "%s: the firmware does not load it: %s", name,
                        firmware_strerror(status));
}

static void say_where(const char *name, EFI_HANDLE image)
{
        static EFI_GUID loaded_image = EFI_LOADED_IMAGE_PROTOCOL_GUID;
        EFI_LOADED_IMAGE *loaded;

        if (!EFI_ERROR(firmware.boot->HandleProtocol(image, &loaded_image, (void **)&loaded)))
                debug_say("%s is loaded at 0x%lx, %lu bytes", name, (uint64_t)loaded->ImageBase,
                        loaded->ImageSize);
}

bool image_load(const char *name, void *path, void *buffer, UINTN size, EFI_HANDLE *ret_image,
        struct text *reason)
{
        EFI_HANDLE image = NULL;
        EFI_STATUS status;

        status = firmware.boot->LoadImage(FALSE, firmware.image, path, buffer, size, &image);
        if (EFI_ERROR(status)) {
                /* After a security violation the image is there, but must not run. */
                if (status == EFI_SECURITY_VIOLATION)
                        image_unload(image);
                refuse(name, status, reason);
                return false;
        }
        say_where(name, image);
        *ret_image = image;
        return true;
}

bool image_set_options(EFI_HANDLE image, CHAR16 *options, UINT32 bytes, struct text *reason)
{
        static EFI_GUID loaded_image = EFI_LOADED_IMAGE_PROTOCOL_GUID;
        EFI_LOADED_IMAGE *loaded;
        EFI_STATUS status;

        status = firmware.boot->HandleProtocol(image, &loaded_image, (void **)&loaded);
        if (EFI_ERROR(status)) {
                text_add(reason, "vmlinuz: the firmware takes no command line: %s",
                        firmware_strerror(status));
                return false;
        }
        loaded->LoadOptions = options;
        loaded->LoadOptionsSize = bytes;
        return true;
}

EFI_STATUS image_start(EFI_HANDLE image)
{
        /* Ours has run for a while; give the next program its whole time. */
        firmware.boot->SetWatchdogTimer(WATCHDOG_SECONDS, 0, 0, NULL);
        return firmware.boot->StartImage(image, NULL, NULL);
}

void image_unload(EFI_HANDLE image)
{
        if (image)
                firmware.boot->UnloadImage(image);
}
