#include "efi/firmware/initrd.h"

#include "efi/firmware/debug.h"
#include "efi/firmware/firmware.h"

/* Vendor media device path: node of 20 bytes, end node. */
static const uint8_t media_path[] __attribute__((aligned(8))) = {
        0x04, 0x03, 20, 0,                              /* media, vendor */
        0x27, 0xe4, 0x68, 0x55, 0xfc, 0x68, 0x3d, 0x4f, /* 5568e427-68fc-4f3d- */
        0xac, 0x74, 0xca, 0x55, 0x52, 0x31, 0xcc, 0x68, /* ac74-ca555231cc68 */
        0x7f, 0xff, 4, 0,                               /* end */
};

static EFI_GUID device_path_id = { 0x09576e91, 0x6d3f, 0x11d2,
        { 0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b } };
static EFI_GUID load_file2_id = { 0x4006c0c1, 0xfcb3, 0x403e,
        { 0x99, 0x6d, 0x4a, 0x6c, 0x87, 0x24, 0xe0, 0x6d } };

/* Firmware hands a pointer to the protocol back; it is the first member, so we find the rest. */
static struct initrd {
        EFI_LOAD_FILE_PROTOCOL protocol;
        EFI_HANDLE handle; /* NULL: not offered */
        struct slice image;
        const struct archive *archive;
        uint64_t size;
} offered;

static EFI_STATUS EFIAPI load_file(EFI_LOAD_FILE_PROTOCOL *this, EFI_DEVICE_PATH *path,
        BOOLEAN boot_policy, UINTN *size, void *buffer)
{
        const struct initrd *initrd = (const struct initrd *)this;

        if (!this || !path || !size)
                return EFI_INVALID_PARAMETER;
        if (boot_policy)
                return EFI_UNSUPPORTED;
        if (!buffer || *size < initrd->size) {
                *size = initrd->size;
                return EFI_BUFFER_TOO_SMALL;
        }
        *size = initrd->size;
        debug_say("vmlinuz takes the initrd: %lu bytes to 0x%lx", initrd->size, (uint64_t)buffer);
        return archive_initrd_write(initrd->image, initrd->archive, buffer, initrd->size)
                       ? EFI_SUCCESS
                       : EFI_LOAD_ERROR;
}

bool initrd_offer(struct slice image, const struct archive *archive, struct text *reason)
{
        EFI_STATUS status;

        offered = (struct initrd){
                .protocol = { load_file },
                .image = image,
                .archive = archive,
                .size = archive_initrd_size(image, archive),
        };
        if (!offered.size) {
                text_add(reason, "bundle: a file is too large for a cpio archive");
                return false;
        }
        debug_say("initrd: initramfs.img and an archive of %zu files, %lu bytes", archive->count,
                offered.size);
        status = firmware.boot->InstallMultipleProtocolInterfaces(&offered.handle, &device_path_id,
                media_path, &load_file2_id, &offered.protocol, NULL);
        if (EFI_ERROR(status)) {
                offered.handle = NULL;
                text_add(reason, "initrd: the firmware does not take the offer: %s",
                        firmware_strerror(status));
                return false;
        }
        return true;
}

void initrd_withdraw(void)
{
        if (offered.handle)
                firmware.boot->UninstallMultipleProtocolInterfaces(offered.handle, &device_path_id,
                        media_path, &load_file2_id, &offered.protocol, NULL);
        offered.handle = NULL;
}
