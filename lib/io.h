/* Reading and writing by descriptors and names, with nothing left over. */
#ifndef FORESTAGE_LIB_IO_H
#define FORESTAGE_LIB_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * The start of a small file, such as those of /proc and /sys have, with a NUL behind it: what one
 * read gives of it, at most `size` - 1 bytes. False, and "", when that is nothing.
 */
bool io_read_text(const char *path, char *ret_text, size_t size);

/* 0, or a negative errno. */
int io_write_all(int fd, const void *data, size_t length);

/* Exactly `length` bytes: 0, a negative errno, or -ENODATA when the file ends before. */
int io_read_all(int fd, void *data, size_t length);

#endif
