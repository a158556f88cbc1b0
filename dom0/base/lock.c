#include "dom0/base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/clock.h"

#define FOLDER     "/run/forestage"
#define FILE_NAME  FOLDER "/lock"
#define SOON_MS    200 /* whoever only looks has it for less */
#define AGAIN_MS   20
#define NOTE_BYTES ((size_t)64)

unsigned lock_patience = 60;

/* --- where it lies --- */

static int open_file(const struct host *host, int flags)
{
        _cleanup_free_ char *path = host_path(host, FILE_NAME);

        return open(path, flags | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0600);
}

/* A folder can be locked also where nothing can be written. */
static int open_root(const struct host *host)
{
        _cleanup_free_ char *path = host_path(host, "/");

        return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool is_unusable(int error)
{
        return error == ENOENT || error == ENOTDIR || error == EROFS;
}

static int make_file(const struct host *host)
{
        _cleanup_free_ char *folder = host_path(host, FOLDER);
        int fd = open_file(host, O_RDWR | O_CREAT);

        if (fd < 0 && errno == ENOENT && (mkdir(folder, 0700) == 0 || errno == EEXIST))
                fd = open_file(host, O_RDWR | O_CREAT);
        return fd < 0 && is_unusable(errno) ? open_root(host) : fd;
}

/* For who looks: makes nothing. */
static int open_there(const struct host *host)
{
        int fd = open_file(host, O_RDONLY);

        return fd < 0 && is_unusable(errno) ? open_root(host) : fd;
}

/* Whether the file still has its name: somebody may have tidied up /run. */
static bool is_current(const struct host *host, int fd)
{
        _cleanup_close_ int again = open_there(host);
        struct stat ours, named;

        return again >= 0 && fstat(fd, &ours) == 0 && fstat(again, &named) == 0 &&
               ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

/* --- the note in it: "SERIAL" or "SERIAL VERB PROCESS", and a line break --- */

struct note {
        uint64_t serial;
        char verb[16];
        int process; /* 0: nobody */
};

static struct note read_note(int fd)
{
        struct note note = { 0 };
        char text[NOTE_BYTES] = "";
        ssize_t length = pread(fd, text, sizeof(text) - 1, 0); /* not from a folder */
        int found = length > 0 ? sscanf(text, "%" SCNu64 " %15[a-z] %d", &note.serial, note.verb,
                                         &note.process)
                               : 0;

        if (found != 3 || note.process <= 0)
                note.process = 0;
        return note;
}

/* By `verb`, or by nobody any more. It only helps people: the lock is as good without. */
static void write_note(const struct lock *lock, const char *verb)
{
        char text[NOTE_BYTES];
        int length = verb ? snprintf(text, sizeof(text), "%" PRIu64 " %.15s %d\n", lock->serial,
                                    verb, (int)getpid())
                          : snprintf(text, sizeof(text), "%" PRIu64 "\n", lock->serial);

        if (pwrite(lock->fd, text, (size_t)length, 0) == length && ftruncate(lock->fd, length) != 0)
                return; /* the first line is what counts */
}

/* Between taking the lock and noting it, the note is still that of one who may be gone. */
static void describe(int fd, struct lock_view *view)
{
        struct note note = read_note(fd);

        view->serial = note.serial;
        if (note.process > 0 && (kill(note.process, 0) == 0 || errno == EPERM))
                snprintf(view->who, sizeof(view->who), "forestage %s (process %d)", note.verb,
                        note.process);
        else
                snprintf(view->who, sizeof(view->who), "another forestage");
}

/* --- taking it --- */

static bool too_late(int fd, struct failure *error)
{
        struct lock_view view;

        describe(fd, &view);
        return fail(error, EXIT_BUSY,
                "%s is changing this host, and has not ended within %u s; nothing was changed: try "
                "again when it has",
                view.who, lock_patience);
}

static void say_for_whom(int fd)
{
        struct lock_view view;

        describe(fd, &view);
        complain(EXIT_BUSY, "%s is changing this host; waiting up to %u s for it to end", view.who,
                lock_patience);
}

static bool cannot(struct failure *error)
{
        return fail(error, EXIT_FAIL, "cannot lock " FILE_NAME ": %s%s", strerror(errno),
                errno == EACCES || errno == EPERM ? "; only root can change this host" : "");
}

static bool wait_for(int fd, struct failure *error)
{
        const struct timespec pause = { .tv_nsec = AGAIN_MS * 1000000 };
        long long start = clock_ms(), limit = lock_patience * 1000ll;
        bool said = false;

        while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
                long long waited = clock_ms() - start;

                if (errno != EWOULDBLOCK && errno != EINTR)
                        return cannot(error);
                if (waited >= limit && waited >= SOON_MS)
                        return too_late(fd, error);
                if (!said && waited >= SOON_MS)
                        say_for_whom(fd);
                said = said || waited >= SOON_MS;
                nanosleep(&pause, NULL);
        }
        return true;
}

bool lock_take(
        const struct host *host, const char *verb, struct lock *ret_lock, struct failure *ret_error)
{
        for (;;) {
                _cleanup_close_ int fd = make_file(host);

                if (fd < 0)
                        return cannot(ret_error);
                if (!wait_for(fd, ret_error))
                        return false;
                if (!is_current(host, fd))
                        continue;
                *ret_lock = (struct lock){ .serial = read_note(fd).serial + 1 };
                ret_lock->fd = TAKE_FD(fd);
                fcntl(ret_lock->fd, F_SETFD, 0);
                write_note(ret_lock, verb);
                return true;
        }
}

void lock_release(struct lock *lock)
{
        if (lock->fd < 0)
                return;
        write_note(lock, NULL);
        flock(lock->fd, LOCK_UN); /* also for what was started, and has not ended */
        close(lock->fd);
        *lock = LOCK_NONE;
}

/* --- looking --- */

void lock_look(const struct host *host, struct lock_view *ret_view)
{
        _cleanup_close_ int fd = open_there(host);

        *ret_view = (struct lock_view){ .who = "another forestage" };
        if (fd < 0)
                return; /* nobody has changed anything yet, or we may not know */
        ret_view->busy = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
        describe(fd, ret_view);
}

bool lock_disturbed(const struct lock_view *before, const struct lock_view *after)
{
        return before->busy || after->busy || before->serial != after->serial;
}
