#include "dom0/store/placing.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "dom0/host/lookup.h"
#include "dom0/store/filelayer.h"
#include "dom0/store/layer.h"
#include "lib/cleanup.h"
#include "lib/sha256.h"
#include "lib/why.h"
#include "store/disk.h"
#include "store/pen.h"

/*
 * Which host this is, without saying so to whoever reads the disk: machine-id(5) wants it hashed.
 */
static bool host_identity(const struct host *host, uint8_t ret_host[16], struct failure *error)
{
        static const char purpose[] = "forestage store";
        uint8_t digest[SHA256_SIZE];
        struct sha256 hash;
        char id[64];

        if (!lookup_line(host, "/etc/machine-id", id, sizeof(id)) || strlen(id) != 32)
                return fail(error, EXIT_FAIL, "/etc/machine-id does not name this host");
        sha256_init(&hash);
        sha256_update(&hash, purpose, sizeof(purpose));
        sha256_update(&hash, id, 32);
        sha256_final(&hash, digest);
        memcpy(ret_host, digest, 16);
        return true;
}

static bool layers(const struct host *host, const struct holding *holding, struct layer *ret_layer,
        struct disk_number *ret_disk, struct failure *error)
{
        _cleanup_(layer_free) struct layer device = { 0 }, file = { 0 };

        if (!devicelayer_read(host, holding->major, holding->minor, &device, ret_disk, error))
                return false;
        if (holding->is_device)
                layer_append(&file, 0, holding->length);
        else if (!filelayer_read(holding->fd, holding->path, holding->length, &file, error))
                return false;
        return layer_through(&file, &device, ret_layer) ||
               fail(error, EXIT_FAIL, "%s goes on behind the end of its device", holding->path);
}

/* "/dev/sda": sysfs has '!' in a name where there is a slash. Owned; NULL: sysfs has no such disk.
 */
static char *disk_path(const struct host *host, struct disk_number disk)
{
        _cleanup_free_ char *link = host_path(host, "/sys/dev/block/%u:%u", disk.major, disk.minor);
        _cleanup_free_ char *folder = realpath(link, NULL);
        char *name = folder ? strrchr(folder, '/') + 1 : NULL;

        for (char *at = name; at && (at = strchr(at, '!'));)
                *at = '/';
        return name ? host_path(host, "/dev/%s", name) : NULL;
}

int placing_open_disk(const struct host *host, struct disk_number disk, struct failure *error)
{
        _cleanup_free_ char *path = disk_path(host, disk);
        int fd = path ? open(path, O_RDONLY | O_DIRECT | O_CLOEXEC) : -1;

        if (!path)
                fail(error, EXIT_FAIL, "sysfs does not know disk %u:%u", disk.major, disk.minor);
        else if (fd < 0)
                fail_errno(error, EXIT_FAIL, "cannot read the disk", path);
        return fd;
}

static bool read_disk(const struct host *host, struct disk_number number,
        struct store_disk *ret_disk, struct failure *error)
{
        _cleanup_free_ char *folder =
                host_path(host, "/sys/dev/block/%u:%u", number.major, number.minor);
        _cleanup_close_ int fd = placing_open_disk(host, number, error);
        char why[WHY_SIZE];

        if (fd < 0)
                return false;
        return store_disk_read(folder, fd, ret_disk, why) || fail(error, EXIT_FAIL, "%s", why);
}

bool placing_can(const struct host *host, const char *folder, struct failure *ret_error)
{
        /* Any that the disk has room for. */
        struct store_extent extent = { .start = STORE_BLOCK, .length = 2 * STORE_BLOCK };
        struct store_map map = { .extents = &extent, .count = 1 };
        _cleanup_free_ char *path = host_path(host, "%s", folder);
        _cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_(layer_free) struct layer layer = { 0 };
        struct disk_number disk;
        struct stat status;
        char why[WHY_SIZE];

        if (fd < 0 || fstat(fd, &status) != 0)
                return fail_errno(ret_error, EXIT_FAIL, "cannot open", path);
        if (!filelayer_can(fd, path, ret_error) ||
                !devicelayer_read(host, major(status.st_dev), minor(status.st_dev), &layer, &disk,
                        ret_error) ||
                !read_disk(host, disk, &map.disk, ret_error))
                return false;
        return store_map_check(&map, why) || fail(ret_error, EXIT_FAIL, "%s: %s", path, why);
}

bool placing_find(const struct host *host, const struct holding *holding, const uint8_t id[16],
        uint64_t generation, struct store_map *ret_map, struct disk_number *ret_disk,
        struct failure *ret_error)
{
        struct store_map map = { .version = STORE_VERSION, .generation = generation };
        _cleanup_(layer_free) struct layer layer = { 0 };
        char why[WHY_SIZE];

        memcpy(map.id, id, sizeof(map.id));
        if (!host_identity(host, map.host, ret_error) ||
                !layers(host, holding, &layer, ret_disk, ret_error) ||
                !read_disk(host, *ret_disk, &map.disk, ret_error))
                return false;
        if (layer.count > STORE_EXTENTS_MAX)
                return fail(ret_error, EXIT_FAIL,
                        "%s lies in %zu pieces, and a store in at most %u: make it where there is "
                        "more room",
                        holding->path, layer.count, STORE_EXTENTS_MAX);
        map.extents = layer.extents;
        map.count = layer.count;
        if (!store_map_check(&map, why))
                return fail(ret_error, EXIT_FAIL, "%s: %s", holding->path, why);
        *ret_map = map;
        layer = (struct layer){ 0 };
        return true;
}

bool placing_prove(const struct host *host, const struct store_map *map, struct disk_number disk,
        struct failure *ret_error)
{
        _cleanup_close_ int fd = placing_open_disk(host, disk, ret_error);
        struct store_pen pen; /* it only looks: the disk is open for reading */
        char why[WHY_SIZE];

        if (fd < 0)
                return false;
        return store_pen_open(fd, map->disk.size, map, &pen, why) ||
               fail(ret_error, EXIT_FAIL, "the disk does not have what was written there: %s", why);
}
