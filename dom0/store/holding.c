#include "dom0/store/holding.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "dom0/base/memory.h"
#include "dom0/host/lookup.h"
#include "dom0/store/filelayer.h"
#include "lib/cleanup.h"
#include "lib/hex.h"
#include "lib/why.h"
#include "store/disk.h"
#include "store/head.h"
#include "store/pen.h"

#define PIECE ((size_t)4 << 20) /* bytes that are written at once */

void holding_close(struct holding *holding)
{
        free(holding->path);
        if (holding->fd >= 0)
                close(holding->fd);
        *holding = HOLDING_NONE;
}

/* --- opening --- */

static bool device_bytes(struct holding *holding, struct failure *error)
{
        if (ioctl(holding->fd, BLKGETSIZE64, &holding->length) == 0)
                return true;
        return fail_errno(error, EXIT_FAIL, "cannot ask for the size of", holding->path);
}

static bool look_at(struct holding *holding, struct failure *error)
{
        struct stat status;
        dev_t device;

        if (fstat(holding->fd, &status) != 0)
                return fail_errno(error, EXIT_FAIL, "cannot look at", holding->path);
        holding->is_device = S_ISBLK(status.st_mode);
        if (!holding->is_device && !S_ISREG(status.st_mode))
                return fail(
                        error, EXIT_FAIL, "%s is neither a file nor a block device", holding->path);
        if (!holding->is_device && status.st_nlink != 1)
                return fail(error, EXIT_FAIL, "%s has %lu names", holding->path,
                        (unsigned long)status.st_nlink);
        device = holding->is_device ? status.st_rdev : status.st_dev;
        holding->major = major(device);
        holding->minor = minor(device);
        holding->length = (uint64_t)status.st_size;
        return !holding->is_device || device_bytes(holding, error);
}

static bool check_length(struct holding *holding, struct failure *error)
{
        holding->length -= holding->is_device ? holding->length % STORE_BLOCK : 0;
        if (holding->length % STORE_BLOCK != 0)
                return fail(error, EXIT_FAIL, "%s is not of whole blocks of %u bytes",
                        holding->path, STORE_BLOCK);
        if (holding->length < HOLDING_LEAST)
                return fail(error, EXIT_FAIL, "%s has %llu bytes, and a store at least %llu",
                        holding->path, (unsigned long long)holding->length,
                        (unsigned long long)HOLDING_LEAST);
        return true;
}

bool holding_open(const struct host *host, const char *path, struct holding *ret_holding,
        struct failure *ret_error)
{
        _cleanup_(holding_close) struct holding holding = { host_path(host, "%s", path), .fd = -1 };

        /* O_EXCL, of a device: nobody else has it, no mount, no volume group. */
        holding.fd = open(holding.path, O_RDWR | O_DIRECT | O_EXCL | O_NOFOLLOW | O_CLOEXEC);
        if (holding.fd < 0)
                return fail_errno(ret_error, EXIT_FAIL, "cannot open", holding.path);
        if (!look_at(&holding, ret_error) || !check_length(&holding, ret_error))
                return false;
        *ret_holding = holding;
        holding = HOLDING_NONE;
        return true;
}

/* --- making a file --- */

static bool fill(const struct holding *holding, struct failure *error)
{
        _cleanup_free_ void *zeroes = aligned_alloc(STORE_BLOCK, PIECE);
        bool shown = isatty(STDERR_FILENO);

        memset(zeroes, 0, PIECE);
        for (uint64_t done = 0; done < holding->length;) {
                size_t size = holding->length - done < PIECE ? holding->length - done : PIECE;
                ssize_t put = pwrite(holding->fd, zeroes, size, (off_t)done);

                if (put < 0 && errno == EINTR)
                        continue;
                if (put <= 0)
                        return fail_errno(error, EXIT_FAIL, "cannot write", holding->path);
                done += (uint64_t)put;
                if (shown)
                        fprintf(stderr, "\r%3llu %% of %llu MiB written%s",
                                (unsigned long long)(100 * done / holding->length),
                                (unsigned long long)(holding->length >> 20),
                                done == holding->length ? "\n" : "");
        }
        return fsync(holding->fd) == 0 ||
               fail_errno(error, EXIT_FAIL, "cannot write to disk", holding->path);
}

static bool room_for(const struct host *host, const struct holding *holding, struct failure *error)
{
        _cleanup_free_ char *folder = memory_copy(holding->path);
        char *slash = strrchr(folder, '/');
        uint64_t room;

        if (!slash)
                return fail(error, EXIT_USAGE, "%s is not an absolute path", holding->path);
        slash[slash == folder] = '\0';
        if (host->room(folder, &room) && room < holding->length)
                return fail(error, EXIT_FAIL,
                        "%s has room for %llu bytes, and the store takes %llu", folder,
                        (unsigned long long)room, (unsigned long long)holding->length);
        return true;
}

bool holding_make(const struct host *host, const char *path, uint64_t length,
        struct holding *ret_holding, struct failure *ret_error)
{
        _cleanup_(holding_close) struct holding holding = {
                .path = host_path(host, "%s", path), .fd = -1, .length = length
        };

        if (!check_length(&holding, ret_error) || !room_for(host, &holding, ret_error))
                return false;
        holding.fd = open(
                holding.path, O_RDWR | O_DIRECT | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (holding.fd < 0)
                return fail_errno(ret_error, EXIT_FAIL, "cannot make", holding.path);
        /* In as few pieces as the file system has, and then written through. */
        errno = posix_fallocate(holding.fd, 0, (off_t)length);
        if (errno != 0)
                fail_errno(ret_error, EXIT_FAIL, "cannot make room for", holding.path);
        if (errno != 0 || !fill(&holding, ret_error) || !look_at(&holding, ret_error)) {
                unlink(holding.path);
                return false;
        }
        *ret_holding = holding;
        holding = HOLDING_NONE;
        return true;
}

/* --- where it lies --- */

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

/* The disk itself, for reading, past all caches. */
static int open_disk(const struct host *host, struct disk_number disk, struct failure *error)
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
        _cleanup_close_ int fd = open_disk(host, number, error);
        char why[WHY_SIZE];

        if (fd < 0)
                return false;
        return store_disk_read(folder, fd, ret_disk, why) || fail(error, EXIT_FAIL, "%s", why);
}

bool holding_map(const struct host *host, const struct holding *holding, const uint8_t id[16],
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

/* --- its first blocks --- */

bool holding_mark(
        const struct holding *holding, const struct store_map *map, struct failure *ret_error)
{
        _cleanup_free_ struct store_head *head = aligned_alloc(STORE_BLOCK, STORE_BLOCK);
        uint8_t digest[SHA256_SIZE];
        uint64_t offset = 0;

        if (!store_map_digest(map, digest))
                return fail(ret_error, EXIT_FAIL, "no memory");
        for (size_t i = 0; i < map->count; offset += map->extents[i++].length) {
                store_head_make(map, digest, i, head);
                if (pwrite(holding->fd, head, STORE_BLOCK, (off_t)offset) != STORE_BLOCK)
                        return fail_errno(ret_error, EXIT_FAIL, "cannot write", holding->path);
        }
        return fsync(holding->fd) == 0 ||
               fail_errno(ret_error, EXIT_FAIL, "cannot write to disk", holding->path);
}

bool holding_prove(const struct host *host, const struct store_map *map, struct disk_number disk,
        struct failure *ret_error)
{
        _cleanup_close_ int fd = open_disk(host, disk, ret_error);
        struct store_pen pen; /* it only looks: the disk is open for reading */
        char why[WHY_SIZE];

        if (fd < 0)
                return false;
        return store_pen_open(fd, map->disk.size, map, &pen, why) ||
               fail(ret_error, EXIT_FAIL, "the disk does not have what was written there: %s", why);
}
