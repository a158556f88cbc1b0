/* Small files, whole. */
#ifndef FORESTAGE_FILE_H
#define FORESTAGE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "efi/text.h"

#define FILE_LIMIT (1u << 20) /* bytes; anything larger is no small file: EFBIG */

/* Reads a file of at most FILE_LIMIT bytes; the caller frees ret_text->data. False with errno. */
bool file_read(const char *path, struct slice *ret_text);

/* Reads the first `size` bytes. False with errno, also when there are fewer (ENODATA). */
bool file_head(const char *path, void *ret_bytes, size_t size);

#endif
