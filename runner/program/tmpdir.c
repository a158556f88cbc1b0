#include "runner/program/tmpdir.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/text.h"
#include "lib/why.h"
#include "runner/program/mount.h"

#define PREFIX    "forestage-run-"
#define DIGITS    12u /* that beneath_make puts behind it */
#define MAX_TRIES 16  /* while others sweep */

const char *tmpdir_path(void)
{
        const char *path = getenv("TMPDIR");

        return path && *path ? path : "/tmp";
}

bool tmpdir_open(struct place *ret_place, char *why)
{
        char path[PATH_MAX], reason[PLACE_WHY];

        /* The folder itself, not the name of it. */
        if (snprintf(path, sizeof(path), "%s/.", tmpdir_path()) >= (int)sizeof(path))
                return why_not(why, "TMPDIR: %s", strerror(ENAMETOOLONG));
        if (place_find(path, 0, ret_place, reason) != 0)
                return why_not(why, "no folder can be made for the program: %.900s", reason);
        return true;
}

bool tmpdir_forbids_execution(char *ret_why)
{
        char point[PATH_MAX], why[WHY_SIZE];
        struct place place;
        bool forbids = false;

        if (!tmpdir_open(&place, why))
                return false;
        if (mount_forbids_execution(place.folder, point, sizeof(point))) {
                forbids = true;
                why_not(ret_why,
                        "nothing can be executed in %.400s: %.400s is mounted noexec; set TMPDIR= "
                        "to a folder on another mount",
                        tmpdir_path(), point);
        }
        place_close(&place);
        return forbids;
}

/* False when somebody sweeps it, or has: it was not locked for a moment. */
static bool lock(int fd)
{
        struct stat status;

        if (flock(fd, LOCK_EX | LOCK_NB) != 0)
                return errno !=
                       EWOULDBLOCK; /* no locks there: then nobody else can lock it either */
        return fstat(fd, &status) == 0 && status.st_nlink > 0;
}

int tmpdir_make(int parent, char ret_name[BENEATH_NAME])
{
        for (int i = 0; i < MAX_TRIES; i++) {
                _cleanup_close_ int fd = beneath_make(parent, PREFIX, ret_name);

                if (fd < 0 || lock(fd))
                        return TAKE_FD(fd);
        }
        errno = EBUSY;
        return -1;
}

static bool is_name(const char *name)
{
        const char *digits;

        return text_skip(name, PREFIX, &digits) && strlen(digits) == DIGITS &&
               strspn(digits, "0123456789abcdef") == DIGITS;
}

static void sweep_one(int parent, const char *name)
{
        _cleanup_close_ int fd = beneath_folder(parent, name);
        struct stat status;

        if (fd >= 0 && fstat(fd, &status) == 0 && status.st_uid == geteuid() &&
                flock(fd, LOCK_EX | LOCK_NB) == 0)
                beneath_remove(parent, name, fd);
}

void tmpdir_sweep(void)
{
        char why[WHY_SIZE];
        struct place place;
        struct dirent *entry;

        if (!tmpdir_open(&place, why))
                return;
        _cleanup_closedir_ DIR *list = place.exposed ? NULL : beneath_list(place.folder);

        while (list && (entry = readdir(list))) {
                if (is_name(entry->d_name))
                        sweep_one(place.folder, entry->d_name);
        }
        place_close(&place);
}
