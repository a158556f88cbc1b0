/*
 * What the stage finds under /forestage: the order, forestage.conf, jobs/ and next/, as one cpio
 * that follows the packed initramfs. Plain C11; the layout only, no firmware.
 */
#pragma once

#include "efi/parse/text.h"

struct archive_file {
        struct slice path; /* in the bundle, checked; the archive puts "forestage/" before it */
        const void *data;
        uint64_t size;
};

struct archive {
        const struct archive_file *files; /* sorted with path_compare */
        size_t count;
};

/* Whether a file of the bundle goes into the archive. The payload does not, it has a text there. */
bool archive_takes(struct slice path);

/* Bytes of the archive; 0 when a file is too large for the format. */
uint64_t archive_size(const struct archive *archive);

/* Writes it. Folders come before their files. Returns false when it does not fit. */
bool archive_write(const struct archive *archive, void *buffer, uint64_t size);

/*
 * The whole initrd: the packed image, zeros to a multiple of 4 and at least 4 of them (Linux's LZ4
 * decoder takes four zeros as the end of its input), then the archive. Returns 0 or false as above.
 */
uint64_t archive_initrd_size(struct slice image, const struct archive *archive);
bool archive_initrd_write(
        struct slice image, const struct archive *archive, void *buffer, uint64_t size);
