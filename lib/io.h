/* Reading and writing that goes on where the kernel stopped short, or a signal came. */
#ifndef FORESTAGE_LIB_IO_H
#define FORESTAGE_LIB_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Reads until `size` bytes are there or the file ends; how many there are, or -1: errno. */
ssize_t io_read(int fd, void *buffer, size_t size);

/* Writes all of it. False: errno. */
bool io_write(int fd, const void *data, size_t length);

#endif
