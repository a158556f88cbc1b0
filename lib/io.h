/* Reading and writing that goes on where the kernel stopped short, or a signal came. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * The start of a small file, such as those of /proc and /sys have, with a NUL behind it: what one
 * read gives of it, at most `size` - 1 bytes. False, and "", when that is nothing.
 */
bool io_read_text(const char *path, char *ret_text, size_t size);

/* Reads until `size` bytes are there or the file ends; how many there are, or -1: errno. */
ssize_t io_read(int fd, void *buffer, size_t size);

/* Exactly `length` bytes: 0, a negative errno, or -ENODATA when the file ends before. */
int io_read_all(int fd, void *data, size_t length);

/* Writes all of it. False: errno. */
bool io_write(int fd, const void *data, size_t length);
