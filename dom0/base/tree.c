#include "dom0/base/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "files/place.h"

FILE *tree_open(int root, const char *path)
{
        int fd = beneath_create(root, path, 0600);
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
        int fd = beneath_create(root, path, 0600);
        bool good;

        if (fd < 0)
                return false;
        good = write_full(fd, data, length);
        return close(fd) == 0 && good;
}

void tree_remove(const char *path)
{
        char why[PLACE_WHY];
        struct place place;
        int folder;

        if (place_find(path, PLACE_KEEP_LINK, &place, why) != 0)
                return;
        folder = openat(place.folder, place.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (folder >= 0) {
                /* What stays is found by the next one who looks; nothing depends on it. */
                beneath_remove(place.folder, place.name, folder);
                close(folder);
        } else {
                unlinkat(place.folder, place.name, 0);
        }
        place_close(&place);
}
