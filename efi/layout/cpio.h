/*
 * Writer of cpio archives in the "newc" format that Linux unpacks as an initramfs
 * (Documentation/driver-api/early-userspace/buffer-format.rst): a header of 110 ASCII characters,
 * the name, the data, each padded with zeros to 4 bytes. Plain C11; needs memcpy and memset.
 */
#pragma once

#include "efi/parse/text.h"

#define CPIO_MAX_FILE    0xffffffffull /* bytes: the format has 32 bits */
#define CPIO_MODE_FILE   0100000u
#define CPIO_MODE_FOLDER 0040000u

struct cpio {
        uint8_t *buffer; /* NULL: only count */
        uint64_t size;   /* of the buffer */
        uint64_t offset; /* bytes written or counted so far */
        uint32_t inode;  /* of the last entry */
        bool full;       /* something did not fit, or a file is larger than CPIO_MAX_FILE */
};

/* Starts an archive in the buffer, or a count when `buffer` is NULL. */
void cpio_open(struct cpio *ret_cpio, void *buffer, uint64_t size);

/*
 * Appends a file or folder; `mode` is one of CPIO_MODE_* with permission bits. The name is relative
 * to the root, its folders must have been added before. Owner root, time 0.
 */
void cpio_add(struct cpio *cpio, struct slice name, uint32_t mode, const void *data, uint64_t size);

/* Appends the trailer. Returns false when the archive did not fit. */
bool cpio_close(struct cpio *cpio);
