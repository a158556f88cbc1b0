/* Files, whole. */
#ifndef FORESTAGE_FILE_H
#define FORESTAGE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "efi/parse/text.h"

#define FILE_LIMIT (1u << 20) /* bytes; anything larger is no small file: EFBIG */

/* Reads a file of at most FILE_LIMIT bytes; the caller frees ret_text->data. False with errno. */
bool file_read(const char *path, struct slice *ret_text);

/* Maps a file for reading; the caller unmaps it. False with errno; ENODATA: it is empty. */
bool file_map(const char *path, void **ret_bytes, size_t *ret_size);

/* Writes all of it to an open file. False with errno; then it may be written in part. */
bool file_write_all(int fd, const char *bytes, size_t size);

/* Makes a file, only root's, or writes over it. False with errno; then it may be there in part. */
bool file_write(const char *path, const void *bytes, size_t size);

#endif
