/* Files, whole. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "efi/parse/text.h"
#include "lib/cleanup.h"

#define FILE_LIMIT (1u << 20) /* bytes; anything larger is no small file: EFBIG */

/*
 * Reads a file of at most FILE_LIMIT bytes; the caller frees ret_text->data, or declares the text
 * with _cleanup_slice_. False with errno.
 */
bool file_read(const char *path, struct slice *ret_text);

/* Maps a file for reading; the caller unmaps it. False with errno; ENODATA: it is empty. */
bool file_map(const char *path, void **ret_bytes, size_t *ret_size);

/* Makes a file, only root's, or writes over it. False with errno; then it may be there in part. */
bool file_write(const char *path, const void *bytes, size_t size);

static inline void file_free(const struct slice *text)
{
        cleanup_free((void *)&text->data);
}

#define _cleanup_slice_ _cleanup_(file_free)
