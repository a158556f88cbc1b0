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
#include "lib/cleanup.h"

#define PIECE ((size_t)4 << 20) /* bytes that are written at once */

void *holding_memory(size_t size)
{
        void *memory = aligned_alloc(STORE_BLOCK, size);

        return memory ? memory : memory_allocate(SIZE_MAX); /* which ends with the message */
}

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

static bool is_below_dev(const char *path)
{
        return strncmp(path, "/dev/", 5) == 0;
}

/* What keeps a file from being opened for writing, and is put back by holding_pin. */
static bool set_pinned(int fd, bool pinned)
{
        int flags;

        if (ioctl(fd, FS_IOC_GETFLAGS, &flags) != 0)
                return false;
        if (((flags & FS_IMMUTABLE_FL) != 0) == pinned)
                return true;
        flags ^= FS_IMMUTABLE_FL;
        return ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0;
}

/* Not a link to a file, and not what is neither: that could wait for somebody. */
static int open_at(const char *path, enum holding_use use, bool follow)
{
        int flags = O_DIRECT | O_CLOEXEC | O_NONBLOCK | (follow ? 0 : O_NOFOLLOW);
        _cleanup_close_ int fd = open(path, O_RDONLY | flags);
        struct stat status;

        if (fd < 0 || use == HOLDING_LOOK)
                return TAKE_FD(fd);
        if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
                set_pinned(fd, false); /* where it fails, so does what comes next */
        /* O_EXCL, of a device: nobody else has it, no mount, no volume group. */
        return open(path, O_RDWR | O_EXCL | flags);
}

bool holding_open(const struct host *host, const char *path, enum holding_use use,
        struct holding *ret_holding, struct failure *ret_error)
{
        _cleanup_(holding_close) struct holding holding = { host_path(host, "%s", path), .fd = -1 };

        holding.fd = open_at(holding.path, use, is_below_dev(path));
        if (holding.fd < 0)
                return fail_errno(ret_error, EXIT_FAIL, "cannot open", holding.path);
        if (!look_at(&holding, ret_error) || !check_length(&holding, ret_error))
                return false;
        *ret_holding = holding;
        holding = HOLDING_NONE;
        return true;
}

bool holding_pin(const struct holding *holding, struct failure *ret_error)
{
        return holding->is_device || set_pinned(holding->fd, true) ||
               fail_errno(ret_error, EXIT_FAIL, "cannot protect (chattr +i)", holding->path);
}

bool holding_unlink(const struct holding *holding, struct failure *ret_error)
{
        set_pinned(holding->fd, false); /* where it fails, so does what comes next */
        return unlink(holding->path) == 0 ||
               fail_errno(ret_error, EXIT_FAIL, "cannot remove", holding->path);
}

/* --- making a file --- */

static bool fill(const struct holding *holding, struct failure *error)
{
        _cleanup_free_ void *zeroes = holding_memory(PIECE);
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

/* The folder that a file is to be in; owned. */
static char *folder_of(const char *path)
{
        char *folder = memory_copy(path), *slash = strrchr(folder, '/');

        if (slash)
                slash[slash == folder] = '\0';
        return folder;
}

static bool room_for(
        const struct host *host, const char *folder, uint64_t length, struct failure *error)
{
        uint64_t room;

        if (host->room(folder, &room) && room < length)
                return fail(error, EXIT_FAIL,
                        "%s has room for %llu bytes, and the store takes %llu", folder,
                        (unsigned long long)room, (unsigned long long)length);
        return true;
}

static bool is_free(const char *path, struct failure *error)
{
        struct stat status;

        if (lstat(path, &status) != 0 && errno == ENOENT)
                return true;
        errno = EEXIST;
        return fail_errno(error, EXIT_FAIL, "cannot make", path);
}

bool holding_can_make(
        const struct host *host, const char *path, uint64_t length, struct failure *ret_error)
{
        struct holding wanted = { .path = host_path(host, "%s", path), .length = length };
        _cleanup_free_ char *name = wanted.path, *folder = folder_of(name);

        return check_length(&wanted, ret_error) && is_free(name, ret_error) &&
               room_for(host, folder, length, ret_error);
}

/* Gives a file without a name the one that it is to have, on the disk too. */
static bool give_name(const struct holding *holding, const char *folder, struct failure *error)
{
        _cleanup_free_ char *open_file = memory_format("/proc/self/fd/%d", holding->fd);
        _cleanup_close_ int fd = -1;

        if (linkat(AT_FDCWD, open_file, AT_FDCWD, holding->path, AT_SYMLINK_FOLLOW) != 0)
                return fail_errno(error, EXIT_FAIL, "cannot make", holding->path);
        fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return (fd >= 0 && fsync(fd) == 0) ||
               fail_errno(error, EXIT_FAIL, "cannot write to disk", folder);
}

bool holding_make(const struct host *host, const char *path, uint64_t length,
        struct holding *ret_holding, struct failure *ret_error)
{
        _cleanup_(holding_close) struct holding holding = {
                .path = host_path(host, "%s", path), .fd = -1, .length = length
        };
        _cleanup_free_ char *folder = folder_of(holding.path);

        if (!holding_can_make(host, path, length, ret_error))
                return false;
        holding.fd = open(folder, O_RDWR | O_DIRECT | O_TMPFILE | O_CLOEXEC, 0600);
        if (holding.fd < 0)
                return fail_errno(ret_error, EXIT_FAIL, "cannot make", holding.path);
        /* In as few pieces as the file system has, and then written through. */
        errno = posix_fallocate(holding.fd, 0, (off_t)length);
        if (errno != 0)
                return fail_errno(ret_error, EXIT_FAIL, "cannot make room for", holding.path);
        if (!fill(&holding, ret_error) || !give_name(&holding, folder, ret_error) ||
                !look_at(&holding, ret_error))
                return false;
        *ret_holding = holding;
        holding = HOLDING_NONE;
        return true;
}
