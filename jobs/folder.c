#include "jobs/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "lib/path.h"

/* O_NONBLOCK: opening a FIFO must not wait for its writer. */
#define OPEN_FLAGS (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

/* For kernels before 5.6 and sandboxes that forbid openat2: one component after the other. */
static int open_by_component(int dirfd, const char *path)
{
        char name[256];
        int folder = dirfd, next;

        for (;;) {
                size_t length = strcspn(path, "/");
                bool last = path[length] == '\0';

                if (length >= sizeof(name))
                        return -ENAMETOOLONG;
                memcpy(name, path, length);
                name[length] = '\0';
                next = openat(
                        folder, name, OPEN_FLAGS | O_NOFOLLOW | (last ? 0 : O_DIRECTORY | O_PATH));
                if (next < 0)
                        next = errno == ELOOP ? -EXDEV : -errno;
                if (folder != dirfd)
                        close(folder);
                if (next < 0 || last)
                        return next;
                folder = next;
                path += length + 1;
        }
}

static int open_beneath(int dirfd, const char *path)
{
        struct open_how how = {
                .flags = OPEN_FLAGS,
                .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
        };
        long fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));

        if (fd >= 0)
                return (int)fd;
        if (errno == ENOSYS || errno == EPERM)
                return open_by_component(dirfd, path);
        return -errno;
}

/* Whatever it is. */
static int open_any(int dirfd, const char *path, struct stat *ret_status)
{
        _cleanup_close_ int fd = path_complaint(path) ? -EXDEV : open_beneath(dirfd, path);

        if (fd >= 0 && fstat(fd, ret_status) != 0)
                return -errno;
        return TAKE_FD(fd);
}

int folder_open(int dirfd, const char *path, uint64_t *ret_size)
{
        struct stat status;
        _cleanup_close_ int fd = open_any(dirfd, path, &status);

        if (fd < 0)
                return fd;
        if (!S_ISREG(status.st_mode))
                return S_ISDIR(status.st_mode) ? -EISDIR : -EINVAL;
        *ret_size = (uint64_t)status.st_size;
        return TAKE_FD(fd);
}

int folder_open_folder(int dirfd, const char *path)
{
        struct stat status;
        _cleanup_close_ int fd = open_any(dirfd, path, &status);

        if (fd < 0)
                return fd;
        return S_ISDIR(status.st_mode) ? TAKE_FD(fd) : -ENOTDIR;
}

const char *folder_strerror(int error)
{
        switch (-error) {
        case EXDEV:
        case ELOOP:
                return "leads out of the job folder";
        case ENOTDIR:
                return "is no folder";
        case EISDIR:
                return "is a folder";
        case EINVAL:
                return "is not a regular file";
        case EFBIG:
                return "is too large";
        case ENODATA:
                return "became shorter while it was read";
        case ENOENT:
                return "does not exist in the job folder";
        default:
                return strerror(-error);
        }
}

int folder_read(int dirfd, const char *path, uint64_t limit, char **ret_data, size_t *ret_length)
{
        uint64_t size;
        _cleanup_close_ int fd = folder_open(dirfd, path, &size);
        _cleanup_free_ char *data = NULL;
        int error;

        if (fd < 0)
                return fd;
        if (size > limit)
                return -EFBIG;
        data = size < SIZE_MAX ? malloc(size + 1) : NULL;
        error = data ? io_read_all(fd, data, size) : -ENOMEM;
        if (error)
                return error;
        data[size] = '\0';
        *ret_data = TAKE_PTR(data);
        *ret_length = size;
        return 0;
}
