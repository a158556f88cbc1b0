#include "initramfs/stage/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "lib/cleanup.h"
#include "lib/io.h"

static ssize_t read_path(const char *path, char *bytes, size_t size)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

        return fd < 0 ? -1 : io_read(fd, bytes, size);
}

bool file_read(const char *path, struct slice *ret_text)
{
        _cleanup_free_ char *bytes = malloc(FILE_LIMIT + 1);
        ssize_t length = bytes ? read_path(path, bytes, FILE_LIMIT + 1) : -1;

        if (length > (ssize_t)FILE_LIMIT)
                errno = EFBIG;
        if (length < 0 || length > (ssize_t)FILE_LIMIT)
                return false;
        *ret_text = (struct slice){ TAKE_PTR(bytes), (size_t)length };
        return true;
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
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

        return fd >= 0 && map_open(fd, ret_bytes, ret_size);
}

bool file_write(const char *path, const void *bytes, size_t size)
{
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        return fd >= 0 && io_write(fd, bytes, size);
}
