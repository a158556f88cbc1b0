#include "dom0/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The folders above a file; every one but those that are there already. */
static bool make_folders(int root, const char *path)
{
        char part[PATH_MAX];

        for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
                size_t length = (size_t)(slash - path);

                if (length >= sizeof(part)) {
                        errno = ENAMETOOLONG;
                        return false;
                }
                memcpy(part, path, length);
                part[length] = '\0';
                if (mkdirat(root, part, 0700) != 0 && errno != EEXIST)
                        return false;
        }
        return true;
}

static int create(int root, const char *path)
{
        if (!make_folders(root, path))
                return -1;
        return openat(root, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

FILE *tree_open(int root, const char *path)
{
        int fd = create(root, path);
        FILE *file;

        if (fd < 0)
                return NULL;
        file = fdopen(fd, "w");
        if (!file)
                close(fd);
        return file;
}

static bool write_full(int fd, const char *data, uint64_t length)
{
        while (length > 0) {
                ssize_t written = write(fd, data, length);

                if (written < 0 && errno == EINTR)
                        continue;
                if (written < 0)
                        return false;
                data += written;
                length -= (uint64_t)written;
        }
        return true;
}

bool tree_write(int root, const char *path, const void *data, uint64_t length)
{
        int fd = create(root, path);
        bool good;

        if (fd < 0)
                return false;
        good = write_full(fd, data, length);
        return close(fd) == 0 && good;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
        (void)status;
        (void)type;
        (void)walk;
        remove(path); /* what stays is found by the next one who looks; nothing depends on it */
        return 0;
}

void tree_remove(const char *path)
{
        nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}
