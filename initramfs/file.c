#include "initramfs/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* Reads until `size` bytes are there or the file ends; the number of bytes, or -1. */
static ssize_t read_up_to(int fd, char *bytes, size_t size)
{
        size_t length = 0;

        while (length < size) {
                ssize_t got = read(fd, bytes + length, size - length);

                if (got < 0 && errno == EINTR)
                        continue;
                if (got < 0)
                        return -1;
                if (got == 0)
                        break;
                length += (size_t)got;
        }
        return (ssize_t)length;
}

/* As read_up_to on a path. */
static ssize_t read_path(const char *path, char *bytes, size_t size)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC), saved;
        ssize_t length;

        if (fd < 0)
                return -1;
        length = read_up_to(fd, bytes, size);
        saved = errno;
        close(fd);
        errno = saved;
        return length;
}

bool file_read(const char *path, struct slice *ret_text)
{
        char *bytes = malloc(FILE_LIMIT + 1);
        ssize_t length;

        if (!bytes)
                return false;
        length = read_path(path, bytes, FILE_LIMIT + 1);
        if (length >= 0 && length <= (ssize_t)FILE_LIMIT) {
                *ret_text = (struct slice){ bytes, (size_t)length };
                return true;
        }
        if (length >= 0)
                errno = EFBIG;
        free(bytes);
        return false;
}

bool file_head(const char *path, void *ret_bytes, size_t size)
{
        ssize_t length = read_path(path, ret_bytes, size);

        if (length >= 0 && (size_t)length < size)
                errno = ENODATA;
        return length == (ssize_t)size;
}
