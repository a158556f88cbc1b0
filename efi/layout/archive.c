#include "efi/layout/archive.h"

#include "efi/layout/cpio.h"
#include "efi/layout/payload.h"
#include "efi/parse/path.h"

#include <string.h>

#define ROOT       "forestage"
#define NAME_BYTES (sizeof(ROOT) + PATH_MAX_BYTES + 1)

static bool is_under(struct slice path, struct slice folder)
{
        return path.length > folder.length &&
               path_same((struct slice){ path.data, folder.length }, folder);
}

bool archive_takes(struct slice path)
{
        if (modules_number(path) != MODULES_NONE || path_same(path, SLICE(PAYLOAD_FILE)))
                return false;
        return slice_equal(path, SLICE("order")) || slice_equal(path, SLICE("forestage.conf")) ||
               slice_equal(path, SLICE("store")) || is_under(path, SLICE("jobs/")) ||
               is_under(path, SLICE("next/"));
}

static void add(
        struct cpio *cpio, struct slice path, uint32_t mode, const void *data, uint64_t size)
{
        char buffer[NAME_BYTES];
        struct text name;

        text_init(&name, buffer, sizeof(buffer));
        text_add(&name, ROOT "/" SLICE_FORMAT, SLICE_PRINT(path));
        cpio_add(cpio, (struct slice){ name.data, name.length }, mode, data, size);
}

/* Length of the part that two paths have in common up to and with a slash. */
static size_t common_folders(struct slice left, struct slice right)
{
        size_t common = 0;

        for (size_t i = 0; i < left.length && i < right.length; i++) {
                if (left.data[i] != right.data[i])
                        break;
                if (left.data[i] == '/')
                        common = i + 1;
        }
        return common;
}

/* Adds the folders of `path` that `before`, the file added last, is not in. */
static void add_folders(struct cpio *cpio, struct slice path, struct slice before)
{
        for (size_t i = common_folders(path, before); i < path.length; i++)
                if (path.data[i] == '/')
                        add(cpio, (struct slice){ path.data, i }, CPIO_MODE_FOLDER | 0700, NULL, 0);
}

/* Everything is root's alone; jobs may bring programs, and FAT keeps no permissions. */
static uint32_t file_mode(struct slice path)
{
        return CPIO_MODE_FILE | (is_under(path, SLICE("jobs/")) ? 0700 : 0600);
}

static bool write(const struct archive *archive, struct cpio *cpio)
{
        struct slice before = SLICE("");

        cpio_add(cpio, SLICE(ROOT), CPIO_MODE_FOLDER | 0700, NULL, 0);
        for (size_t i = 0; i < archive->count; i++) {
                const struct archive_file *file = &archive->files[i];

                add_folders(cpio, file->path, before);
                add(cpio, file->path, file_mode(file->path), file->data, file->size);
                before = file->path;
        }
        return cpio_close(cpio);
}

uint64_t archive_size(const struct archive *archive)
{
        struct cpio cpio;

        cpio_open(&cpio, NULL, 0);
        return write(archive, &cpio) ? cpio.offset : 0;
}

bool archive_write(const struct archive *archive, void *buffer, uint64_t size)
{
        struct cpio cpio;

        cpio_open(&cpio, buffer, size);
        return write(archive, &cpio);
}

static uint64_t archive_offset(struct slice image)
{
        return (image.length + 4 + 3) & ~3ull;
}

uint64_t archive_initrd_size(struct slice image, const struct archive *archive)
{
        uint64_t size = archive_size(archive);

        return size ? archive_offset(image) + size : 0;
}

bool archive_initrd_write(
        struct slice image, const struct archive *archive, void *buffer, uint64_t size)
{
        uint64_t offset = archive_offset(image);
        uint8_t *bytes = buffer;

        if (size < offset)
                return false;
        memcpy(bytes, image.data, image.length);
        memset(bytes + image.length, 0, offset - image.length);
        return archive_write(archive, bytes + offset, size - offset);
}
