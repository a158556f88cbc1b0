#include "dom0/collect/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "dom0/base/durable.h"
#include "files/owner.h"
#include "files/place.h"
#include "lib/io.h"

#define READER_WAIT_MS 5000u /* for somebody to read from a FIFO */
#define LOOK_AGAIN_MS  50u

struct outlet {
        const char *path;
        const struct place *place;
        const char *data;
        size_t length;
        struct failure *error;
};

static bool refuse(const struct outlet *outlet, const char *problem)
{
        return fail(outlet->error, EXIT_FAIL, "cannot write %s: %s", outlet->path, problem);
}

/* Takes the descriptor over. A reader that leaves is an error to tell, not the end of us. */
static bool write_through(const struct outlet *outlet, int fd)
{
        struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
        int reason = 0;

        if (fd < 0)
                return refuse(outlet, strerror(errno));
        sigaction(SIGPIPE, &ignore, &before);
        if (!io_write(fd, outlet->data, outlet->length))
                reason = errno;
        sigaction(SIGPIPE, &before, NULL);
        if (close(fd) != 0 && !reason)
                reason = errno;
        return !reason || refuse(outlet, strerror(reason));
}

/* What was looked at, and nothing that has taken its name since; -1: errno. */
static int open_same(const struct outlet *outlet, const struct stat *looked)
{
        struct stat status;
        int fd = openat(outlet->place->folder, outlet->place->name,
                O_WRONLY | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

        if (fd < 0)
                return -1;
        errno = ESTALE;
        if (fstat(fd, &status) == 0 && status.st_dev == looked->st_dev &&
                status.st_ino == looked->st_ino && fcntl(fd, F_SETFL, 0) == 0)
                return fd;
        close(fd);
        return -1;
}

static bool write_fifo(const struct outlet *outlet, const struct stat *status)
{
        struct timespec pause = { .tv_nsec = LOOK_AGAIN_MS * 1000000 };
        int fd;

        if (!owner_is_trusted(status))
                return refuse(outlet, "it is another user's FIFO");
        fd = open_same(outlet, status);
        for (unsigned waited = 0; fd < 0 && errno == ENXIO && waited < READER_WAIT_MS;
                waited += LOOK_AGAIN_MS) {
                nanosleep(&pause, NULL);
                fd = open_same(outlet, status);
        }
        if (fd < 0 && errno == ENXIO)
                return refuse(outlet, "it is a FIFO that nobody reads from");
        return write_through(outlet, fd);
}

/* Looked up before it is opened: opening alone starts a watchdog or rewinds a tape. */
static bool may_open(dev_t device)
{
        static const struct {
                unsigned major, first, last;
        } known[] = {
                { 1, 3, 3 },          /* /dev/null */
                { 1, 5, 5 },          /* /dev/zero */
                { 1, 7, 7 },          /* /dev/full */
                { 4, 0, UINT_MAX },   /* consoles, serial lines */
                { 5, 0, 1 },          /* /dev/tty, /dev/console */
                { 188, 0, UINT_MAX }, /* serial lines on USB */
                { 229, 0, UINT_MAX }, /* hypervisors' consoles */
        };

        if (major(device) >= 136 && major(device) <= 143) /* pseudo-terminals */
                return true;
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
                if (major(device) == known[i].major && minor(device) >= known[i].first &&
                        minor(device) <= known[i].last)
                        return true;
        return false;
}

static bool write_device(const struct outlet *outlet, const struct stat *status)
{
        if (!may_open(status->st_rdev))
                return refuse(outlet, "it is a device, and no terminal");
        return write_through(outlet, open_same(outlet, status));
}

static bool write_file(
        const struct outlet *outlet, const struct stat *status, mode_t mode, bool *ret_file)
{
        if (status && !owner_is_trusted(status) && owner_is_kept(outlet->place->folder))
                return fail(outlet->error, EXIT_FAIL,
                        "cannot write %s: it belongs to uid %u and is not replaced; remove it, or "
                        "name another file",
                        outlet->path, (unsigned)status->st_uid);
        *ret_file = true;
        return durable_write(outlet->path, outlet->data, outlet->length, mode, outlet->error);
}

static bool write_what(const struct outlet *outlet, mode_t mode, bool *ret_file)
{
        const struct place *place = outlet->place;
        struct stat status;

        if (place->own >= 0)
                return write_through(outlet, fcntl(place->own, F_DUPFD_CLOEXEC, 0));
        if (!*place->name || outlet->path[strlen(outlet->path) - 1] == '/')
                return refuse(outlet, "it is a folder");
        if (fstatat(place->folder, place->name, &status, AT_SYMLINK_NOFOLLOW) != 0)
                return errno == ENOENT ? write_file(outlet, NULL, mode, ret_file)
                                       : refuse(outlet, strerror(errno));
        switch (status.st_mode & S_IFMT) {
        case S_IFREG:
                return write_file(outlet, &status, mode, ret_file);
        case S_IFIFO:
                return write_fifo(outlet, &status);
        case S_IFCHR:
                return write_device(outlet, &status);
        case S_IFDIR:
                return refuse(outlet, "it is a folder");
        }
        return refuse(outlet, "it is there, and no regular file");
}

bool outlet_write(const char *path, const void *data, size_t length, mode_t mode, bool *ret_file,
        struct failure *ret_error)
{
        struct place place;
        struct outlet outlet = { path, &place, data, length, ret_error };
        char why[PLACE_WHY];
        bool good, file = false;

        if (place_find(path, 0, &place, why) != 0)
                return refuse(&outlet, why);
        good = write_what(&outlet, mode, &file);
        place_close(&place);
        if (good && ret_file)
                *ret_file = file;
        return good;
}
