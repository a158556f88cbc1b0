#include "lib/io.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "lib/cleanup.h"

bool io_read_text(const char *path, char *ret_text, size_t size)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t got = fd >= 0 ? read(fd, ret_text, size - 1) : -1;

        ret_text[got > 0 ? got : 0] = '\0';
        return got > 0;
}

ssize_t io_read(int fd, void *buffer, size_t size)
{
        size_t done = 0;

        while (done < size) {
                ssize_t got = read(fd, (char *)buffer + done, size - done);

                if (got < 0 && errno == EINTR)
                        continue;
                if (got < 0)
                        return -1;
                if (got == 0)
                        break;
                done += (size_t)got;
        }
        return (ssize_t)done;
}

bool io_write(int fd, const void *data, size_t length)
{
        const char *at = data;

        while (length > 0) {
                ssize_t written = write(fd, at, length);

                if (written < 0 && errno == EINTR)
                        continue;
                if (written == 0)
                        errno = EIO;
                if (written <= 0)
                        return false;
                at += written;
                length -= (size_t)written;
        }
        return true;
}

int io_read_all(int fd, void *data, size_t length)
{
        ssize_t got = io_read(fd, data, length);

        if (got < 0)
                return -errno;
        return (size_t)got < length ? -ENODATA : 0;
}
