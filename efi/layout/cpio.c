#include "efi/layout/cpio.h"

#include <string.h>

#define HEADER_BYTES 110u

void cpio_open(struct cpio *ret_cpio, void *buffer, uint64_t size)
{
        *ret_cpio = (struct cpio){ .buffer = buffer, .size = buffer ? size : UINT64_MAX };
}

/* Appends `size` bytes, and zeros up to the next multiple of 4 when `pad` is set. */
static void put(struct cpio *cpio, const void *data, uint64_t size, bool pad)
{
        uint64_t zeros = pad ? -(cpio->offset + size) & 3 : 0;
        uint64_t room = cpio->size - cpio->offset;

        if (cpio->full || size > room || zeros > room - size) {
                cpio->full = true;
                return;
        }
        if (cpio->buffer) {
                if (size > 0)
                        memcpy(cpio->buffer + cpio->offset, data, size);
                memset(cpio->buffer + cpio->offset + size, 0, zeros);
        }
        cpio->offset += size + zeros;
}

static void put_header(struct cpio *cpio, uint32_t inode, uint32_t mode, uint32_t links,
        uint32_t size, uint32_t name_size)
{
        char buffer[HEADER_BYTES + 1];
        struct text header;

        text_init(&header, buffer, sizeof(buffer));
        text_add(&header, "070701%08x%08x", inode, mode);
        text_add(&header, "%08x%08x", 0u, 0u); /* owner */
        text_add(&header, "%08x%08x%08x", links, 0u, size);
        text_add(&header, "%08x%08x%08x%08x", 0u, 0u, 0u, 0u); /* devices */
        text_add(&header, "%08x%08x", name_size, 0u);
        put(cpio, buffer, HEADER_BYTES, false);
}

static void put_name(struct cpio *cpio, struct slice name)
{
        put(cpio, name.data, name.length, false);
        put(cpio, "", 1, true);
}

void cpio_add(struct cpio *cpio, struct slice name, uint32_t mode, const void *data, uint64_t size)
{
        if (size > CPIO_MAX_FILE) {
                cpio->full = true;
                return;
        }
        put_header(cpio, ++cpio->inode, mode, mode & CPIO_MODE_FOLDER ? 2 : 1, (uint32_t)size,
                (uint32_t)name.length + 1);
        put_name(cpio, name);
        put(cpio, data, size, true);
}

bool cpio_close(struct cpio *cpio)
{
        const struct slice trailer = SLICE("TRAILER!!!");

        put_header(cpio, 0, 0, 1, 0, (uint32_t)trailer.length + 1);
        put_name(cpio, trailer);
        return !cpio->full;
}
