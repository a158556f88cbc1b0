#include "lib/io.h"

#include <errno.h>
#include <unistd.h>

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
                if (written < 0)
                        return false;
                at += written;
                length -= (size_t)written;
        }
        return true;
}
