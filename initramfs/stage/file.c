#include "initramfs/stage/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
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

static bool map_open(int fd, void **ret_bytes, size_t *ret_size)
{
        struct stat status;
        void *bytes;

        if (fstat(fd, &status) != 0)
                return false;
        if (status.st_size == 0) {
                errno = ENODATA;
                return false;
        }
        bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
        if (bytes == MAP_FAILED)
                return false;
        *ret_bytes = bytes;
        *ret_size = (size_t)status.st_size;
        return true;
}

bool file_map(const char *path, void **ret_bytes, size_t *ret_size)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC), saved;
        bool good = fd >= 0 && map_open(fd, ret_bytes, ret_size);

        saved = errno;
        if (fd >= 0)
                close(fd);
        errno = saved;
        return good;
}

bool file_write_all(int fd, const char *bytes, size_t size)
{
        while (size > 0) {
                ssize_t put = write(fd, bytes, size);

                if (put < 0 && errno == EINTR)
                        continue;
                if (put <= 0)
                        return false;
                bytes += put;
                size -= (size_t)put;
        }
        return true;
}

bool file_write(const char *path, const void *bytes, size_t size)
{
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), saved;
        bool good;

        if (fd < 0)
                return false;
        good = file_write_all(fd, bytes, size);
        saved = errno;
        close(fd);
        errno = saved;
        return good;
}
