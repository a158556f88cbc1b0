#include "runner/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "runner/process/process.h"

#define MAP_BYTES 65536u

static bool read_map(const char *option, const char *path, struct store_map *map, char *why)
{
        static char text[MAP_BYTES];
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t length = fd >= 0 ? io_read(fd, text, sizeof(text)) : -1;

        if (length < 0)
                return why_not(why, "%s: %s: %s", option, path, strerror(errno));
        if ((size_t)length == sizeof(text))
                return why_not(why, "%s: %s is no map of a store", option, path);
        return store_map_parse(path, text, (size_t)length, map, why);
}

/* A disk's, or that of a file with the bytes of one. */
static bool size_of(int fd, uint64_t *ret_size)
{
        struct stat status;

        if (fstat(fd, &status) != 0)
                return false;
        *ret_size = (uint64_t)status.st_size;
        return S_ISREG(status.st_mode) ||
               (S_ISBLK(status.st_mode) && ioctl(fd, BLKGETSIZE64, ret_size) == 0);
}

static bool hide(const char *option, int fd, char *why)
{
        if (prctl(PR_SET_DUMPABLE, 0) != 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
                return why_not(why, "%s: descriptor %d: %s", option, fd, strerror(errno));
        process_hide(fd);
        return true;
}

bool storage_hide(const struct options *options, char *why)
{
        return (!options->store || hide("--store", options->store_fd, why)) &&
               (!options->inputs || hide("--inputs", options->inputs_fd, why));
}

static bool open_inputs(const struct options *options, struct inputs *inputs, char *why)
{
        *inputs = (struct inputs){ .control = -1, .lost = options->no_inputs };
        if (!options->inputs)
                return true;
        inputs->control = options->inputs_fd;
        return read_map("--inputs", options->inputs, &inputs->map, why);
}

bool storage_open(const struct options *options, const struct region_writer *writer,
        struct storage *ret_storage, char *why)
{
        struct storage *storage = ret_storage;
        int fd = options->store_fd;
        uint64_t size;

        *storage = (struct storage){ .shelf = NULL };
        if (!open_inputs(options, &storage->inputs, why))
                return false;
        if (!options->store)
                return true;
        if (!read_map("--store", options->store, &storage->map, why)) {
                storage_close(storage);
                return false;
        }
        if (!size_of(fd, &size)) {
                storage_close(storage);
                return why_not(why, "--store: descriptor %d is no disk", fd);
        }
        if (store_pen_open(fd, size, &storage->map, &storage->pen, why))
                storage->shelf =
                        shelf_open(&storage->pen, options->store_from, writer->run_id, why);
        if (!storage->shelf)
                storage_close(storage);
        return storage->shelf != NULL;
}

void storage_close(struct storage *storage)
{
        shelf_free(storage->shelf);
        store_map_free(&storage->map);
        store_map_free(&storage->inputs.map);
        *storage = (struct storage){ .shelf = NULL };
}
