#include "dom0/base/tree.h"

#include <fcntl.h>
#include <unistd.h>

#include "files/place.h"
#include "lib/cleanup.h"
#include "lib/io.h"

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

bool tree_write(int root, const char *path, const void *data, uint64_t length)
{
        int fd = beneath_create(root, path, 0600);
        bool good;

        if (fd < 0)
                return false;
        good = io_write(fd, data, length);
        return close(fd) == 0 && good;
}

void tree_remove(const char *path)
{
        _cleanup_(place_close) struct place place = PLACE_NONE;
        _cleanup_close_ int folder = -1;
        char why[PLACE_WHY];

        if (place_find(path, PLACE_KEEP_LINK, &place, why) != 0)
                return;
        folder = openat(place.folder, place.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        /* What stays is found by the next one who looks; nothing depends on it. */
        if (folder >= 0)
                beneath_remove(place.folder, place.name, folder);
        else
                unlinkat(place.folder, place.name, 0);
}
