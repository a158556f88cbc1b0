#include "efi/firmware/firmware.h"

#include <stddef.h>

struct firmware firmware;

EFI_STATUS firmware_open(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
        static EFI_GUID loaded_image = EFI_LOADED_IMAGE_PROTOCOL_GUID;

        firmware.image = image;
        firmware.system = system;
        firmware.boot = system->BootServices;
        firmware.runtime = system->RuntimeServices;
        return firmware.boot->HandleProtocol(image, &loaded_image, (void **)&firmware.loaded);
}

const char *firmware_strerror(EFI_STATUS status)
{
        static const struct {
                EFI_STATUS status;
                const char *words;
        } table[] = {
                { EFI_SUCCESS, "success" },
                { EFI_LOAD_ERROR, "load error" },
                { EFI_INVALID_PARAMETER, "invalid parameter" },
                { EFI_UNSUPPORTED, "unsupported" },
                { EFI_BAD_BUFFER_SIZE, "bad buffer size" },
                { EFI_BUFFER_TOO_SMALL, "buffer too small" },
                { EFI_NOT_READY, "not ready" },
                { EFI_DEVICE_ERROR, "device error" },
                { EFI_WRITE_PROTECTED, "write protected" },
                { EFI_OUT_OF_RESOURCES, "out of resources" },
                { EFI_VOLUME_CORRUPTED, "file system damaged" },
                { EFI_VOLUME_FULL, "file system full" },
                { EFI_NO_MEDIA, "no medium" },
                { EFI_MEDIA_CHANGED, "medium changed" },
                { EFI_NOT_FOUND, "not found" },
                { EFI_ACCESS_DENIED, "access denied" },
                { EFI_TIMEOUT, "timed out" },
                { EFI_ABORTED, "aborted" },
                { EFI_SECURITY_VIOLATION, "refused by Secure Boot" },
                { EFI_COMPROMISED_DATA, "compromised data" },
                { EFI_WARN_DELETE_FAILURE, "not deleted" },
        };

        for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
                if (table[i].status == status)
                        return table[i].words;
        return "unknown status";
}
