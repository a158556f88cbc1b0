#include "files/place.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/owner.h"
#include "lib/cleanup.h"

#define MAX_LINKS 40u /* as the kernel has it */

struct walk {
        int folder;              /* where we are */
        char at[PATH_MAX];       /* its name, for messages; cut when it is too long */
        char rest[2 * PATH_MAX]; /* of the path */
        char part[BENEATH_NAME]; /* the one that is looked at */
        bool last;
        bool sticky;  /* all may write here, but only exchange what is their own */
        bool exposed; /* by this folder: */
        char culprit[PATH_MAX];
        struct stat status;
        unsigned links, flags;
        char *why;
};

__attribute__((format(printf, 3, 4))) static int refuse(
        struct walk *walk, int error, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(walk->why, PLACE_WHY, format, arguments);
        va_end(arguments);
        return -error;
}

/* The part that is looked at, as a path. */
static const char *show(const struct walk *walk, char ret_path[PATH_MAX])
{
        const char *slash = strcmp(walk->at, "/") == 0 ? "" : "/";

        if (strcmp(walk->at, ".") == 0)
                snprintf(ret_path, PATH_MAX, "%s", walk->part);
        else if (snprintf(ret_path, PATH_MAX, "%s%s%s", walk->at, slash, walk->part) >= PATH_MAX)
                memcpy(ret_path + PATH_MAX - 4, "...", 4);
        return ret_path;
}

static int refuse_part(struct walk *walk, int error)
{
        char path[PATH_MAX];

        show(walk, path);
        if (error == ENOENT)
                return refuse(walk, error, "there is no folder %s", path);
        if (error == ENOTDIR)
                return refuse(walk, error, "%s is not a folder", path);
        return refuse(walk, error, "%s: %s", path, strerror(error));
}

static void describe_culprit(const struct walk *walk, char *ret_text)
{
        snprintf(ret_text, PLACE_WHY, "%.300s belongs to uid %u and has mode %04o", walk->culprit,
                (unsigned)walk->status.st_uid, (unsigned)walk->status.st_mode & 07777);
}

static int refuse_link(struct walk *walk, const struct stat *link)
{
        char path[PATH_MAX], culprit[PLACE_WHY];

        show(walk, path);
        describe_culprit(walk, culprit);
        if (walk->exposed)
                return refuse(walk, EPERM,
                        "%.300s is a symbolic link that others can exchange, for %s: name what the "
                        "link leads to",
                        path, culprit);
        return refuse(walk, EPERM,
                "%.300s is a symbolic link of uid %u in a folder that others can write to: name "
                "what the link leads to, or remove it",
                path, (unsigned)link->st_uid);
}

/* Enters a folder, whose descriptor it takes over, and looks who can change what is in it. */
static int enter(struct walk *walk, int folder, const char *name)
{
        struct stat status;
        bool shared;

        if (walk->folder >= 0)
                close(walk->folder);
        walk->folder = folder;
        snprintf(walk->at, sizeof(walk->at), "%s", name);
        if (fstat(folder, &status) != 0)
                return refuse(walk, errno, "%s: %s", walk->at, strerror(errno));
        if (!S_ISDIR(status.st_mode))
                return refuse(walk, ENOTDIR, "%s is not a folder", walk->at);
        shared = owner_shares(&status);
        walk->sticky = shared && (status.st_mode & S_ISVTX);
        if (walk->exposed || (owner_is_trusted(&status) && (!shared || walk->sticky)))
                return 0;
        walk->exposed = true;
        walk->status = status;
        snprintf(walk->culprit, sizeof(walk->culprit), "%s", walk->at);
        return 0;
}

static int start(struct walk *walk, const char *where)
{
        int folder = open(where, O_PATH | O_DIRECTORY | O_CLOEXEC);

        if (folder < 0)
                return refuse(walk, errno, "%s: %s", where, strerror(errno));
        return enter(walk, folder, where);
}

/* Takes the next part off the path; an empty one at its end. */
static int take_part(struct walk *walk)
{
        const char *from = walk->rest + strspn(walk->rest, "/");
        size_t length = strcspn(from, "/");
        const char *behind = from + length + strspn(from + length, "/");

        if (length > NAME_MAX)
                return refuse(walk, ENAMETOOLONG, "%.300s...: %s", from, strerror(ENAMETOOLONG));
        memcpy(walk->part, from, length);
        walk->part[length] = '\0';
        walk->last = *behind == '\0';
        memmove(walk->rest, behind, strlen(behind) + 1);
        return 0;
}

/* Puts the link's target before what is left. */
static int follow(struct walk *walk, int link, const struct stat *status)
{
        char target[PATH_MAX];
        ssize_t length;

        if (walk->exposed || (walk->sticky && (!owner_is_trusted(status) || status->st_nlink > 1)))
                return refuse_link(walk, status);
        length = readlinkat(link, "", target, sizeof(target));
        if (length < 0)
                return refuse_part(walk, errno);
        if (++walk->links > MAX_LINKS)
                return refuse_part(walk, ELOOP);
        if ((size_t)length >= sizeof(target) || strlen(walk->rest) + 1 >= PATH_MAX)
                return refuse_part(walk, ENAMETOOLONG);
        memmove(walk->rest + length + 1, walk->rest, strlen(walk->rest) + 1);
        memcpy(walk->rest, target, (size_t)length);
        walk->rest[length] = '/';
        walk->last = false;
        return *target == '/' ? start(walk, "/") : 0;
}

static bool is_proc(const struct walk *walk)
{
        return owner_file_system(walk->folder) == PROC_SUPER_MAGIC;
}

/* The descriptor that a name in /proc/self/fd stands for; -1: it is no such name. */
static int own_descriptor(const struct walk *walk)
{
        struct stat here, own;
        char *end;
        long number = strtol(walk->part, &end, 10);

        if (*end || end == walk->part || number < 0 || number > INT_MAX)
                return -1;
        if (fstat(walk->folder, &here) != 0 || stat("/proc/self/fd", &own) != 0 ||
                here.st_dev != own.st_dev || here.st_ino != own.st_ino)
                return -1;
        return (int)number;
}

/* A link of /proc is more than the text in it: it stands for what a process has open. */
static int jump(struct walk *walk, const struct stat *link, int *ret_own)
{
        char path[PATH_MAX];
        int folder;

        if (walk->exposed)
                return refuse_link(walk, link);
        *ret_own = walk->last ? own_descriptor(walk) : -1;
        if (*ret_own >= 0)
                return 0;
        folder = openat(walk->folder, walk->part, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (folder < 0)
                return refuse_part(walk, errno);
        return enter(walk, folder, show(walk, path));
}

/* The next part, not followed; missing folders are made on request. */
static int open_part(struct walk *walk)
{
        int flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
        int entry = openat(walk->folder, walk->part, flags);

        if (entry < 0 && errno == ENOENT && (walk->flags & PLACE_MAKE) && !walk->last &&
                (mkdirat(walk->folder, walk->part, 0700) == 0 || errno == EEXIST))
                entry = openat(walk->folder, walk->part, flags);
        return entry;
}

/* What is done with one part that is there; takes the descriptor over. */
static int pass(struct walk *walk, int entry, bool *ret_done, int *ret_own)
{
        struct stat status;
        char path[PATH_MAX];
        int error = 0;

        if (fstat(entry, &status) != 0) {
                error = refuse_part(walk, errno);
        } else if (S_ISLNK(status.st_mode) && !(walk->last && (walk->flags & PLACE_KEEP_LINK))) {
                error = is_proc(walk) ? jump(walk, &status, ret_own) : follow(walk, entry, &status);
                *ret_done = *ret_own >= 0;
        } else if (walk->last) {
                *ret_done = true;
        } else {
                return enter(walk, entry, show(walk, path));
        }
        close(entry);
        return error;
}

static int go_up(struct walk *walk)
{
        int folder = openat(walk->folder, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
        char path[PATH_MAX];

        return folder < 0 ? refuse_part(walk, errno) : enter(walk, folder, show(walk, path));
}

/* Part by part, until the last one is found or found missing, or none is left. */
static int walk_all(struct walk *walk, int *ret_own)
{
        bool done = false;
        int error = 0, entry;

        while (!error && !done) {
                error = take_part(walk);
                if (error || !*walk->part)
                        break;
                if (strcmp(walk->part, ".") == 0)
                        continue;
                if (strcmp(walk->part, "..") == 0) {
                        error = go_up(walk);
                        continue;
                }
                entry = open_part(walk);
                if (entry >= 0)
                        error = pass(walk, entry, &done, ret_own);
                else if (errno == ENOENT && walk->last)
                        done = true;
                else
                        error = refuse_part(walk, errno);
        }
        return error;
}

int place_find(const char *path, unsigned flags, struct place *ret_place, char *why)
{
        struct walk walk = { .folder = -1, .flags = flags, .why = why };
        int error, own = -1;

        if (!*path)
                return refuse(&walk, ENOENT, "a name is empty");
        if (strlen(path) >= PATH_MAX)
                return refuse(&walk, ENAMETOOLONG, "%.300s...: %s", path, strerror(ENAMETOOLONG));
        strcpy(walk.rest, path);
        error = start(&walk, *path == '/' ? "/" : ".");
        if (!error)
                error = walk_all(&walk, &own);
        if (walk.folder >= 0 && (error || own >= 0)) {
                close(walk.folder);
                walk.folder = -1;
        }
        if (error)
                return error;
        *ret_place = (struct place){ .folder = walk.folder, .own = own, .exposed = walk.exposed };
        strcpy(ret_place->name, walk.part);
        *why = '\0';
        if (walk.exposed)
                describe_culprit(&walk, why);
        return 0;
}

void place_close(struct place *place)
{
        if (place->folder >= 0)
                close(place->folder);
        place->folder = -1;
}

void place_sync(const struct place *place)
{
        _cleanup_close_ int fd = openat(place->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (fd >= 0)
                fsync(fd);
}
