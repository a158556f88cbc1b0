#include "efi/firmware/fallback.h"

#include "efi/firmware/console.h"
#include "efi/firmware/debug.h"
#include "efi/firmware/firmware.h"
#include "efi/firmware/image.h"
#include "efi/layout/devicepath.h"

static EFI_STATUS give_up(const char *why)
{
        console_print("forestage: %s; the firmware goes on with its next boot entry\n", why);
        return EFI_NOT_FOUND;
}

/* The loader's device path, so that it finds its own files next to it; NULL when we know none. */
static uint8_t *find_path(struct slice path)
{
        static EFI_GUID device_path_id = { 0x09576e91, 0x6d3f, 0x11d2,
                { 0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b } };
        static uint8_t bytes[DEVICEPATH_MAX_BYTES] __attribute__((aligned(8)));
        void *device;

        if (EFI_ERROR(firmware.boot->HandleProtocol(
                    firmware.loaded->DeviceHandle, &device_path_id, &device)))
                return NULL;
        return devicepath_of_file(device, path, bytes) ? bytes : NULL;
}

EFI_STATUS fallback_start(struct slice path)
{
        char buffer[512], name[64 + PATH_MAX_BYTES];
        struct text reason, loader;
        EFI_HANDLE image;
        EFI_STATUS status;
        uint8_t *device_path;

        text_init(&reason, buffer, sizeof(buffer));
        text_init(&loader, name, sizeof(name));
        text_add(&loader, "fallback loader " SLICE_FORMAT, SLICE_PRINT(path));
        if (path.length == 0)
                return give_up("no fallback loader in forestage.conf");
        if (firmware.loaded->FilePath && devicepath_is_file(firmware.loaded->FilePath, path))
                return give_up("the fallback loader in forestage.conf is this program");
        device_path = find_path(path);
        if (!device_path)
                return give_up("the device has no path to load the fallback loader from");
        if (!image_load(loader.data, device_path, NULL, 0, &image, &reason))
                return give_up(reason.data);
        debug_say("starting %s", loader.data);
        status = image_start(image);
        console_print("forestage: %s came back: %s\n", loader.data, firmware_strerror(status));
        return status;
}
