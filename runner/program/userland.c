#include "runner/program/userland.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/beneath.h"
#include "jobs/folder.h"
#include "lib/cleanup.h"
#include "lib/why.h"

/* What lies over every tree. */
static const char *const ours[] = { "/dev", "/proc", "/sys", "/tmp" };

#define OURS (sizeof(ours) / sizeof(ours[0]))

/* The tree that is being put together: a file system in memory, mounted over the tree's folder,
 * which is open, and so can be reached as before. */
struct userland {
        int tree, job_folder, folder;                         /* open */
        char place[PATH_MAX], jobs[PATH_MAX], runs[PATH_MAX]; /* where they are */
        const char *doing;                                    /* for the reason */
};

static bool path_of(int fd, char path[PATH_MAX])
{
        char self[64];
        ssize_t length;

        snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
        length = readlink(self, path, PATH_MAX - 1);
        path[length > 0 ? length : 0] = '\0';
        return length > 0 && path[0] == '/';
}

/* Whether a path is another, or below it. */
static bool is_in(const char *path, const char *folder)
{
        size_t length = strlen(folder);

        return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* Whether an absolute path begins with this name at the top. */
static bool is_below(const char *path, const char *name)
{
        return is_in(path + 1, name);
}

/* What of the tree's top something of ours takes the place of. */
static bool is_ours(const struct userland *land, const char *name)
{
        for (size_t i = 0; i < OURS; i++)
                if (is_below(ours[i], name))
                        return true;
        return is_below(land->jobs, name) || is_below(land->runs, name) ||
               is_below(USERLAND_LIBRARIES, name);
}

/* --- what is at the top --- */

static bool make_all(const char *path, size_t from)
{
        char part[2 * PATH_MAX];

        snprintf(part, sizeof(part), "%s", path);
        for (char *slash = strchr(part + from + 1, '/');; slash = strchr(slash + 1, '/')) {
                if (slash)
                        *slash = '\0';
                if (mkdir(part, 0755) != 0 && errno != EEXIST)
                        return false;
                if (!slash)
                        return true;
                *slash = '/';
        }
}

/* A folder, `from`, at `path` of the new root, which is one of folders so far. */
static bool lay_over(const struct userland *land, const char *from, const char *path)
{
        char target[2 * PATH_MAX];

        snprintf(target, sizeof(target), "%s%s", land->place, path);
        return make_all(target, strlen(land->place)) &&
               mount(from, target, NULL, MS_BIND | MS_REC, NULL) == 0;
}

static bool lay_over_open(const struct userland *land, int fd, const char *path)
{
        char self[64];

        snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
        return lay_over(land, self, path);
}

/* A mount of the tree's own, which may be of a file system that can be written. */
static bool make_read_only(const struct userland *land, const char *name)
{
        char path[2 * PATH_MAX];

        snprintf(path, sizeof(path), "%s/%s", land->place, name);
        return mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NODEV | MS_NOSUID,
                       NULL) == 0;
}

static bool copy_link(const struct userland *land, const char *name)
{
        char target[PATH_MAX], path[2 * PATH_MAX];
        ssize_t length = readlinkat(land->tree, name, target, sizeof(target) - 1);

        if (length < 0)
                return false;
        target[length] = '\0';
        snprintf(path, sizeof(path), "%s/%s", land->place, name);
        return symlink(target, path) == 0;
}

static bool bind_file(const struct userland *land, const char *from, const char *name)
{
        char path[2 * PATH_MAX];
        _cleanup_close_ int fd = -1;

        snprintf(path, sizeof(path), "%s/%s", land->place, name);
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        return fd >= 0 && mount(from, path, NULL, MS_BIND, NULL) == 0;
}

/* Something at the tree's top. What is neither a folder, a file nor a link is of no use. */
static bool take_one(const struct userland *land, const char *name)
{
        char from[64 + NAME_MAX], path[NAME_MAX + 2];
        struct stat status;

        if (is_ours(land, name))
                return true;
        if (fstatat(land->tree, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
                return false;
        snprintf(from, sizeof(from), "/proc/self/fd/%d/%s", land->tree, name);
        snprintf(path, sizeof(path), "/%s", name);
        if (S_ISLNK(status.st_mode))
                return copy_link(land, name);
        if (S_ISDIR(status.st_mode))
                return lay_over(land, from, path) && make_read_only(land, name);
        return !S_ISREG(status.st_mode) ||
               (bind_file(land, from, name) && make_read_only(land, name));
}

static bool take_top(const struct userland *land)
{
        _cleanup_closedir_ DIR *folder = beneath_list(land->tree);
        struct dirent *entry;
        bool good = folder != NULL;

        while (good && (entry = readdir(folder)))
                good = beneath_is_dot(entry) || take_one(land, entry->d_name);
        return good;
}

/* --- where libcuda is --- */

static bool is_there_anyway(const struct userland *land, const char *path)
{
        bool there = is_in(path, land->jobs) || is_in(path, land->runs);

        for (size_t i = 0; i < OURS; i++)
                there = there || is_in(path, ours[i]);
        return there;
}

/* One folder of the variable: where libcuda is not in it, it is the tree's, and stays as it is. */
static bool take_libraries(
        const struct userland *land, const char *from, size_t length, unsigned number, FILE *to)
{
        char path[PATH_MAX], library[PATH_MAX + 16], here[64];

        snprintf(path, sizeof(path), "%.*s", (int)length, from);
        snprintf(library, sizeof(library), "%s/libcuda.so.1", path);
        snprintf(here, sizeof(here), USERLAND_LIBRARIES "/%u", number);
        if (length == 0 || length >= sizeof(path) || *path != '/' || access(library, F_OK) != 0 ||
                is_there_anyway(land, path)) {
                fwrite(from, 1, length, to);
                return true;
        }
        fputs(here, to);
        return lay_over(land, path, here);
}

static bool take_variable(const struct userland *land, char **entry)
{
        const char *at = strchr(*entry, '=') + 1;
        char *text = NULL;
        size_t size;
        FILE *to = open_memstream(&text, &size);
        bool good = to != NULL;

        if (good)
                fwrite(*entry, 1, (size_t)(at - *entry), to);
        for (unsigned number = 0; good; number++) {
                size_t length = strcspn(at, ":;");

                good = take_libraries(land, at, length, number, to);
                if (!at[length])
                        break;
                fputc(':', to);
                at += length + 1;
        }
        if (to && fclose(to) != 0)
                good = false;
        if (good) {
                free(*entry);
                *entry = text;
        } else {
                free(text);
        }
        return good;
}

static bool take_environment(const struct userland *land, char **environment)
{
        static const char name[] = "LD_LIBRARY_PATH=";

        for (; *environment; environment++)
                if (strncmp(*environment, name, sizeof(name) - 1) == 0)
                        return take_variable(land, environment);
        return true;
}

/* --- all of it --- */

/* The same folder through the mounts that this process has now: what was opened before is in those
 * of the runner, which nothing can be mounted from. `place` becomes where it is. */
static bool open_again(int *fd, char place[PATH_MAX])
{
        struct stat before, now;
        _cleanup_close_ int again = -1;

        if (!path_of(*fd, place) || fstat(*fd, &before) != 0)
                return false;
        again = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (again < 0 || fstat(again, &now) != 0)
                return false;
        if (before.st_dev != now.st_dev || before.st_ino != now.st_ino) {
                errno = ESTALE;
                return false;
        }
        *fd = TAKE_FD(again); /* it is open until the program begins, as the other one is */
        return true;
}

/* With all that is mounted in it; but for what has come over the tree's own folder since. */
static bool take_job_folder(const struct userland *land)
{
        char again[2 * PATH_MAX];

        snprintf(again, sizeof(again), "%s%s", land->place, land->place);
        return lay_over_open(land, land->job_folder, land->jobs) && umount2(again, MNT_DETACH) == 0;
}

static bool put_together(struct userland *land, char **environment)
{
        land->doing = "mounts of its own";
        if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
                return false;
        land->doing = "where it is";
        if (!open_again(&land->tree, land->place) || !open_again(&land->job_folder, land->jobs) ||
                !open_again(&land->folder, land->runs))
                return false;
        land->doing = "a place for it";
        if (mount("tmpfs", land->place, "tmpfs", MS_NODEV | MS_NOSUID, "mode=0755") != 0)
                return false;
        land->doing = "its top";
        if (!take_top(land))
                return false;
        land->doing = "what is over it";
        for (size_t i = 0; i < OURS; i++)
                if (!lay_over(land, ours[i], ours[i]))
                        return false;
        land->doing = "the libraries";
        if (!take_environment(land, environment))
                return false;
        land->doing = "the job folder";
        if (!take_job_folder(land))
                return false;
        land->doing = "the folder that it runs in";
        return lay_over_open(land, land->folder, land->runs);
}

static bool change_root(struct userland *land)
{
        land->doing = "to make it read-only";
        if (mount(NULL, land->place, NULL, MS_REMOUNT | MS_RDONLY | MS_NODEV | MS_NOSUID,
                    "mode=0755") != 0)
                return false;
        land->doing = "to make it the root";
        return chroot(land->place) == 0 && chdir(land->runs) == 0;
}

bool userland_enter(const char *root, int job_folder, int folder, char **environment, char *why)
{
        _cleanup_close_ int tree = folder_open_folder(job_folder, root);
        struct userland land = { .tree = tree, .job_folder = job_folder, .folder = folder };

        if (tree < 0)
                return why_not(why, "Root=%s %s", root, folder_strerror(tree));
        if (put_together(&land, environment) && change_root(&land))
                return true;
        if (errno == EPERM)
                return why_not(
                        why, "Root=%s: only root can give a program a root of its own", root);
        return why_not(why, "Root=%s: %s: %s", root, land.doing, strerror(errno));
}
