#include "files/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "files/owner.h"
#include "lib/cleanup.h"

#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define MAX_DEPTH    512u /* of what is removed; every level takes a descriptor */
#define MAX_TRIES    100u /* for a name that nobody has */

static bool is_part(const char *name)
{
        if (strlen(name) > NAME_MAX)
                errno = ENAMETOOLONG;
        else if (!*name || strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
                errno = EINVAL;
        else
                return true;
        return false;
}

/* For kernels before 5.6, and sandboxes that forbid openat2. */
static int open_folder_by_hand(int parent, const char *name)
{
        _cleanup_close_ int fd = openat(parent, name, FOLDER_FLAGS);
        struct stat above, below;

        if (fd < 0 || fstat(parent, &above) != 0 || fstat(fd, &below) != 0)
                return -1;
        if (above.st_dev == below.st_dev)
                return TAKE_FD(fd);
        errno = EXDEV;
        return -1;
}

int beneath_folder(int parent, const char *name)
{
        struct open_how how = {
                .flags = FOLDER_FLAGS,
                .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
        };
        long fd;

        if (!is_part(name))
                return -1;
        fd = syscall(SYS_openat2, parent, name, &how, sizeof(how));
        if (fd < 0 && (errno == ENOSYS || errno == EPERM))
                return open_folder_by_hand(parent, name);
        return (int)fd;
}

static int step(int folder, const char *name, bool make)
{
        int fd = beneath_folder(folder, name);

        if (fd < 0 && errno == ENOENT && make &&
                (mkdirat(folder, name, 0700) == 0 || errno == EEXIST))
                fd = beneath_folder(folder, name);
        return fd;
}

/* The folder that the last part of `path` is in. */
static int enter(int root, const char *path, bool make, const char **ret_last)
{
        _cleanup_close_ int folder = fcntl(root, F_DUPFD_CLOEXEC, 0);
        char name[BENEATH_NAME];
        const char *slash;

        while (folder >= 0 && (slash = strchr(path, '/'))) {
                _cleanup_close_ int above = TAKE_FD(folder);

                snprintf(name, sizeof(name), "%.*s", (int)(slash - path), path);
                errno = ENAMETOOLONG;
                folder = slash - path > NAME_MAX ? -1 : step(above, name, make);
                path = slash + 1;
        }
        *ret_last = path;
        return folder < 0 || is_part(path) ? TAKE_FD(folder) : -1;
}

int beneath_open(int root, const char *path, int flags)
{
        const char *last;
        _cleanup_close_ int folder = enter(root, path, false, &last);

        flags |= O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
        return folder >= 0 ? openat(folder, last, flags) : -1;
}

int beneath_create(int root, const char *path, mode_t mode)
{
        const char *last;
        _cleanup_close_ int folder = enter(root, path, true, &last);

        if (folder < 0)
                return -1;
        return openat(folder, last, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
}

int beneath_create_nameless(int folder, mode_t mode)
{
        return openat(folder, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, mode);
}

/* By its link in /proc: linking an open file itself wants a capability (CAP_DAC_READ_SEARCH). */
bool beneath_name(int root, const char *path, int fd)
{
        const char *last;
        _cleanup_close_ int folder = enter(root, path, true, &last);
        char open_file[32];

        if (folder < 0)
                return false;
        snprintf(open_file, sizeof(open_file), "/proc/self/fd/%d", fd);
        return linkat(AT_FDCWD, open_file, folder, last, AT_SYMLINK_FOLLOW) == 0;
}

/* Need not be secret: whoever guesses a name only makes us try the next. (SplitMix64.) */
static uint64_t get_number(void)
{
        static uint64_t count;
        struct timespec now;
        uint64_t number;

        clock_gettime(CLOCK_REALTIME, &now);
        number = (uint64_t)now.tv_sec * 1000000007u + (uint64_t)now.tv_nsec;
        number += (uint64_t)getpid() << 40;
        number += ++count * UINT64_C(0x9e3779b97f4a7c15);
        number = (number ^ number >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        number = (number ^ number >> 27) * UINT64_C(0x94d049bb133111eb);
        return number ^ number >> 31;
}

/* What was made must be what was opened: empty, ours, and closed to others. */
static bool is_new(int fd)
{
        struct stat status;

        if (fstat(fd, &status) == 0 && beneath_is_empty(fd) == 1 &&
                (!owner_is_kept(fd) ||
                        (status.st_uid == geteuid() && (status.st_mode & 0777) == 0700)))
                return true;
        errno = EPERM;
        return false;
}

static void make_name(const char *prefix, char ret_name[BENEATH_NAME])
{
        snprintf(ret_name, BENEATH_NAME, "%.200s%012llx", prefix,
                (unsigned long long)(get_number() & UINT64_C(0xffffffffffff)));
}

int beneath_make(int parent, const char *prefix, char ret_name[BENEATH_NAME])
{
        _cleanup_close_ int fd = -1;
        char name[BENEATH_NAME];
        bool made = false;

        /* Whoever tidies up may take it for a leftover before it is open: then another is made. */
        for (unsigned i = 0; fd < 0 && i < MAX_TRIES; i++) {
                make_name(prefix, name);
                made = mkdirat(parent, name, 0700) == 0;
                fd = made ? beneath_folder(parent, name) : -1;
                if (fd < 0 && errno != (made ? ENOENT : EEXIST))
                        return -1;
        }
        if (fd < 0 || !is_new(fd))
                return -1;
        memcpy(ret_name, name, sizeof(name));
        return TAKE_FD(fd);
}

int beneath_make_file(int parent, const char *prefix, mode_t mode, char ret_name[BENEATH_NAME])
{
        char name[BENEATH_NAME];
        int fd = -1;

        for (unsigned i = 0; fd < 0 && i < MAX_TRIES; i++) {
                make_name(prefix, name);
                fd = openat(parent, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
                if (fd < 0 && errno != EEXIST)
                        return -1;
        }
        if (fd >= 0)
                memcpy(ret_name, name, sizeof(name));
        return fd;
}

bool beneath_is(int parent, const char *name, int fd)
{
        struct stat named, open;

        return fstatat(parent, name, &named, AT_SYMLINK_NOFOLLOW) == 0 && fstat(fd, &open) == 0 &&
               named.st_dev == open.st_dev && named.st_ino == open.st_ino;
}

DIR *beneath_list(int folder)
{
        _cleanup_close_ int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *list = fd >= 0 ? fdopendir(fd) : NULL;

        if (list)
                TAKE_FD(fd);
        return list;
}

bool beneath_is_dot(const struct dirent *entry)
{
        return strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
}

int beneath_is_empty(int folder)
{
        _cleanup_closedir_ DIR *list = beneath_list(folder);
        struct dirent *entry;

        while (list && (entry = readdir(list)))
                if (!beneath_is_dot(entry))
                        return 0;
        return list ? 1 : -1;
}

/* --- removing --- */

static bool clear(int folder, unsigned depth);

static bool remove_entry(int folder, const char *name, unsigned depth)
{
        bool cleared;
        int below;

        if (unlinkat(folder, name, 0) == 0 || errno == ENOENT)
                return true;
        if (errno != EISDIR && errno != EPERM)
                return false;
        if (depth == 0) {
                errno = ENAMETOOLONG;
                return false;
        }
        /* Two may be removing one tree: what the other has removed is gone for both. */
        below = beneath_folder(folder, name);
        if (below < 0)
                return errno == ENOENT;
        cleared = clear(below, depth - 1); /* closes it */
        return (unlinkat(folder, name, AT_REMOVEDIR) == 0 || errno == ENOENT) && cleared;
}

/* Takes the descriptor over. */
static bool clear(int folder, unsigned depth)
{
        _cleanup_close_ int fd = folder;
        _cleanup_closedir_ DIR *list = fdopendir(fd);
        struct dirent *entry;
        bool good = true;
        int reason = 0;

        if (!list)
                return false;
        TAKE_FD(fd);
        while ((entry = readdir(list))) {
                if (beneath_is_dot(entry) || remove_entry(dirfd(list), entry->d_name, depth))
                        continue;
                reason = errno;
                good = false;
        }
        errno = reason;
        return good;
}

bool beneath_clear(int folder)
{
        int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return fd >= 0 && clear(fd, MAX_DEPTH);
}

bool beneath_remove(int parent, const char *name, int folder)
{
        if (!beneath_clear(folder))
                return false;
        if (beneath_is(parent, name, folder))
                return unlinkat(parent, name, AT_REMOVEDIR) == 0;
        errno = ENOENT;
        return false;
}
