#include "dom0/base/fresh.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"

#define PREFIX ".forestage-"
#define FOLDER PREFIX "new-"
#define NUMBER 12u /* hexadecimal digits behind either; see beneath_make */
#define TRIES  100u

/* --- making --- */

/*
 * Locks what was just made. False: a sweep has taken it for a leftover in between, and it is gone
 * or about to be. (A file system without locks has no sweeps either.)
 */
static bool claim(int parent, const char *name, int fd)
{
        if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
                return false;
        return beneath_is(parent, name, fd);
}

int fresh_file(int parent, mode_t mode, char ret_name[BENEATH_NAME])
{
        for (unsigned i = 0; i < TRIES; i++) {
                _cleanup_close_ int fd = beneath_make_file(parent, PREFIX, mode, ret_name);

                if (fd < 0 || claim(parent, ret_name, fd))
                        return TAKE_FD(fd);
                unlinkat(parent, ret_name, 0);
        }
        errno = EBUSY;
        return -1;
}

int fresh_folder(int parent, char ret_name[BENEATH_NAME])
{
        for (unsigned i = 0; i < TRIES; i++) {
                _cleanup_close_ int fd = beneath_make(parent, FOLDER, ret_name);

                if (fd < 0 || claim(parent, ret_name, fd))
                        return TAKE_FD(fd);
                unlinkat(parent, ret_name, AT_REMOVEDIR);
        }
        errno = EBUSY;
        return -1;
}

/* --- sweeping --- */

static bool has_number(const char *name, const char *prefix)
{
        size_t length = strlen(prefix);

        return strncmp(name, prefix, length) == 0 && strlen(name) == length + NUMBER &&
               strspn(name + length, "0123456789abcdef") == NUMBER;
}

/* A leftover, open and locked; -1: it is none, or somebody is writing it. */
static int open_leftover(int parent, const char *name, struct stat *ret_status)
{
        bool folder = has_number(name, FOLDER);
        _cleanup_close_ int fd = -1;

        if ((!folder && !has_number(name, PREFIX)) ||
                fstatat(parent, name, ret_status, AT_SYMLINK_NOFOLLOW) != 0 ||
                (folder ? !S_ISDIR(ret_status->st_mode) : !S_ISREG(ret_status->st_mode)) ||
                ret_status->st_uid != geteuid())
                return -1;
        fd = folder ? beneath_folder(parent, name) : beneath_open(parent, name, O_RDONLY);
        if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0 || !beneath_is(parent, name, fd))
                return -1;
        return TAKE_FD(fd);
}

/*
 * A folder with a run.json is whole: it only lacks its name, and may be all that is left of a run
 * whose memory is gone. Nobody removes that unasked.
 */
static bool is_whole(int folder)
{
        struct stat status;

        return fstatat(folder, "run.json", &status, AT_SYMLINK_NOFOLLOW) == 0;
}

static void remove_leftover(int parent, const char *name)
{
        struct stat status;
        _cleanup_close_ int fd = open_leftover(parent, name, &status);

        if (fd < 0)
                return;
        if (S_ISREG(status.st_mode))
                unlinkat(parent, name, 0);
        else if (!is_whole(fd))
                beneath_remove(parent, name, fd);
}

void fresh_sweep(int parent)
{
        _cleanup_closedir_ DIR *list = beneath_list(parent);
        struct dirent *entry;

        while (list && (entry = readdir(list)))
                remove_leftover(parent, entry->d_name);
}

uint64_t fresh_leftovers(const char *path)
{
        _cleanup_close_ int folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        _cleanup_closedir_ DIR *list = folder >= 0 ? beneath_list(folder) : NULL;
        struct dirent *entry;
        struct stat status;
        uint64_t bytes = 0;

        while (list && (entry = readdir(list))) {
                _cleanup_close_ int fd = open_leftover(folder, entry->d_name, &status);

                if (fd >= 0 && S_ISREG(status.st_mode))
                        bytes += (uint64_t)status.st_blocks * 512;
        }
        return bytes;
}
