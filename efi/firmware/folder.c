#include "efi/firmware/folder.h"

#include "efi/firmware/debug.h"
#include "efi/firmware/firmware.h"

#include <string.h>

#define INFO_BYTES  (sizeof(EFI_FILE_INFO) + PATH_MAX_UNITS * sizeof(CHAR16))
#define PIECE_BYTES (1u << 20) /* for firmware that cannot read more at once */

static EFI_STATUS open_file(
        EFI_FILE_HANDLE folder, struct slice path, UINT64 mode, EFI_FILE_HANDLE *ret_file)
{
        CHAR16 name[PATH_MAX_UNITS];

        path_to_firmware(path, name);
        return folder->Open(folder, ret_file, name, mode, 0);
}

bool folder_open(struct folder *ret_folder, struct text *reason)
{
        static EFI_GUID file_system = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
        EFI_FILE_IO_INTERFACE *volume;
        struct folder folder = { 0 };
        EFI_STATUS status;

        status = firmware.boot->HandleProtocol(
                firmware.loaded->DeviceHandle, &file_system, (void **)&volume);
        if (!EFI_ERROR(status))
                status = volume->OpenVolume(volume, &folder.root);
        if (EFI_ERROR(status)) {
                text_add(reason, "the device this was loaded from has no file system: %s",
                        firmware_strerror(status));
                return false;
        }
        status = open_file(folder.root, SLICE("EFI/forestage"), EFI_FILE_MODE_READ, &folder.handle);
        if (EFI_ERROR(status)) {
                text_add(reason, "EFI/forestage: %s", firmware_strerror(status));
                folder.handle = NULL;
                folder_close(&folder);
                return false;
        }
        *ret_folder = folder;
        return true;
}

static void close_file(EFI_FILE_HANDLE *file)
{
        if (*file)
                (*file)->Close(*file);
        *file = NULL;
}

void folder_close(struct folder *folder)
{
        close_file(&folder->handle);
        close_file(&folder->root);
}

/* Appends why `path` cannot be used; returns the state that goes with the status. */
static enum file_state refuse(struct slice path, EFI_STATUS status, struct text *reason)
{
        text_add(reason, SLICE_FORMAT ": ", SLICE_PRINT(path));
        if (status == EFI_NOT_FOUND) {
                text_add(reason, "not found");
                return FILE_ABSENT;
        }
        text_add(reason, "cannot be read: %s", firmware_strerror(status));
        return FILE_UNREADABLE;
}

static enum file_state get_size(
        EFI_FILE_HANDLE file, struct slice path, uint64_t *ret_size, struct text *reason)
{
        static EFI_GUID info_id = EFI_FILE_INFO_ID;
        union {
                EFI_FILE_INFO info;
                uint8_t bytes[INFO_BYTES];
        } buffer;
        UINTN size = sizeof(buffer);
        EFI_STATUS status = file->GetInfo(file, &info_id, &size, &buffer);

        if (EFI_ERROR(status))
                return refuse(path, status, reason);
        if (buffer.info.Attribute & EFI_FILE_DIRECTORY) {
                text_add(reason, SLICE_FORMAT ": is a folder, not a file", SLICE_PRINT(path));
                return FILE_WRONG;
        }
        *ret_size = buffer.info.FileSize;
        return FILE_GOOD;
}

enum file_state folder_file_size(
        const struct folder *folder, struct slice path, uint64_t *ret_size, struct text *reason)
{
        EFI_FILE_HANDLE file;
        EFI_STATUS status = open_file(folder->handle, path, EFI_FILE_MODE_READ, &file);
        enum file_state state;

        if (EFI_ERROR(status))
                return refuse(path, status, reason);
        state = get_size(file, path, ret_size, reason);
        file->Close(file);
        return state;
}

/* Reads `size` bytes from the start, at most `piece` at once. */
static EFI_STATUS read_bytes(EFI_FILE_HANDLE file, uint8_t *buffer, uint64_t size, uint64_t piece)
{
        EFI_STATUS status = file->SetPosition(file, 0);

        while (!EFI_ERROR(status) && size > 0) {
                UINTN count = size < piece ? size : piece;

                status = file->Read(file, &count, buffer);
                if (!EFI_ERROR(status) && count == 0)
                        return EFI_END_OF_FILE;
                buffer += count;
                size -= count;
        }
        return status;
}

/* What to take for a file's bytes. */
struct taking {
        uint64_t limit; /* bytes that it may have */
        uint64_t below; /* reserved memory below this address; 0: plain memory */
};

static bool take_pages(
        const struct taking *taking, uint64_t size, struct pages *ret_pages, struct text *reason)
{
        if (!taking->below)
                return pages_allocate("file", size, ret_pages, reason);
        if (!pages_reserve_below("file", taking->below, size, ret_pages, reason))
                return false;
        memset((uint8_t *)ret_pages->data + size, 0, -size & (MEMORY_PAGE - 1));
        return true;
}

static enum file_state read_open_file(EFI_FILE_HANDLE file, struct slice path,
        const struct taking *taking, struct pages *ret_pages, struct text *reason)
{
        struct pages pages;
        uint64_t size;
        EFI_STATUS status;
        enum file_state state = get_size(file, path, &size, reason);

        if (state != FILE_GOOD)
                return state;
        if (size > taking->limit) {
                text_add(reason, SLICE_FORMAT ": %lu bytes, more than the %lu that are allowed",
                        SLICE_PRINT(path), size, taking->limit);
                return FILE_WRONG;
        }
        if (!take_pages(taking, size, &pages, reason))
                return FILE_UNREADABLE;
        debug_say("reading " SLICE_FORMAT ": %lu bytes to 0x%lx", SLICE_PRINT(path), size,
                (uint64_t)pages.data);
        status = read_bytes(file, pages.data, size, size);
        if (EFI_ERROR(status))
                status = read_bytes(file, pages.data, size, PIECE_BYTES);
        if (EFI_ERROR(status)) {
                pages_free(&pages);
                return refuse(path, status, reason);
        }
        *ret_pages = pages;
        return FILE_GOOD;
}

static enum file_state read_file(const struct folder *folder, struct slice path,
        const struct taking *taking, struct pages *ret_pages, struct text *reason)
{
        EFI_FILE_HANDLE file;
        EFI_STATUS status = open_file(folder->handle, path, EFI_FILE_MODE_READ, &file);
        enum file_state state;

        if (EFI_ERROR(status))
                return refuse(path, status, reason);
        state = read_open_file(file, path, taking, ret_pages, reason);
        file->Close(file);
        return state;
}

enum file_state folder_read(const struct folder *folder, struct slice path, uint64_t limit,
        struct pages *ret_pages, struct text *reason)
{
        return read_file(folder, path, &(struct taking){ limit, 0 }, ret_pages, reason);
}

enum file_state folder_read_reserved(const struct folder *folder, struct slice path, uint64_t limit,
        uint64_t below, struct pages *ret_pages, struct text *reason)
{
        return read_file(folder, path, &(struct taking){ limit, below }, ret_pages, reason);
}

EFI_STATUS folder_remove(const struct folder *folder, struct slice path)
{
        EFI_FILE_HANDLE file;
        EFI_STATUS status;

        debug_say("removing " SLICE_FORMAT, SLICE_PRINT(path));
        status = open_file(folder->handle, path, EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE, &file);
        /* Delete closes the handle, also when it fails. */
        return EFI_ERROR(status) ? status : file->Delete(file);
}
