#include "lib/io.h"

#include <errno.h>
#include <fcntl.h>

#include "lib/cleanup.h"

#define MOST ((size_t)1 << 30) /* at a time: Linux moves no more than 2 GiB */

bool io_read_text(const char *path, char *ret_text, size_t size)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t got = fd >= 0 ? read(fd, ret_text, size - 1) : -1;

        ret_text[got > 0 ? got : 0] = '\0';
        return got > 0;
}

int io_write_all(int fd, const void *data, size_t length)
{
        for (const char *at = data; length > 0;) {
                ssize_t done = write(fd, at, length < MOST ? length : MOST);

                if (done < 0 && errno != EINTR)
                        return -errno;
                at += done > 0 ? done : 0;
                length -= done > 0 ? (size_t)done : 0;
        }
        return 0;
}

int io_read_all(int fd, void *data, size_t length)
{
        for (char *at = data; length > 0;) {
                ssize_t done = read(fd, at, length < MOST ? length : MOST);

                if (done < 0 && errno == EINTR)
                        continue;
                if (done <= 0)
                        return done < 0 ? -errno : -ENODATA;
                at += done;
                length -= (size_t)done;
        }
        return 0;
}
