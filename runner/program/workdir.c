#include "runner/program/workdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "jobs/folder.h"
#include "lib/cleanup.h"
#include "lib/escape.h"
#include "lib/grow.h"
#include "lib/path.h"
#include "lib/text.h"
#include "lib/utf8.h"
#include "runner/program/pattern.h"
#include "runner/program/tmpdir.h"

static bool refuse(char *why, const char *what, int error)
{
        return why_not(why, "%s: %s", what, strerror(error));
}

/* --- making it --- */

/* One link for everything on the top level. */
static bool link_all(int job_folder, const struct workdir *workdir, char *why)
{
        char self[64], target[4096];
        struct dirent **entries;
        ssize_t length;
        int count;
        bool good = true;

        snprintf(self, sizeof(self), "/proc/self/fd/%d", job_folder);
        length = readlink(self, target, sizeof(target) - 258);
        if (length <= 0 || (size_t)length >= sizeof(target) - 258)
                return refuse(why, "the job folder's own name cannot be found", errno);
        target[length] = '/';
        count = scandirat(job_folder, ".", &entries, NULL, NULL);
        if (count < 0)
                return refuse(why, "the job folder cannot be read", errno);
        for (int i = 0; i < count; i++) {
                const char *name = entries[i]->d_name;

                if (good && strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
                        strcpy(target + length + 1, name);
                        if (symlinkat(target, workdir->fd, name) != 0)
                                good = refuse(why, "a link in the program's folder", errno);
                }
                free(entries[i]);
        }
        free(entries);
        return good;
}

static int copy_bytes(int from, int to, uint64_t length)
{
        while (length > 0) {
                ssize_t done = sendfile(to, from, NULL, length < 1u << 30 ? length : 1u << 30);

                if (done <= 0)
                        return done < 0 ? errno : ENODATA;
                length -= (uint64_t)done;
        }
        return 0;
}

/* Only for a program on the top level; a link to a folder must not be written through. */
static bool copy_program(
        int from, uint64_t size, const char *program, const struct workdir *workdir, char *why)
{
        _cleanup_close_ int to = -1;
        char reason[WHY_SIZE];
        int error;

        if (strchr(program, '/'))
                return why_not(why, "'%s' has no execute permission", program);
        if (tmpdir_forbids_execution(reason))
                return why_not(why, "'%.200s' has no execute permission, and for a copy of it: %s",
                        program, reason);
        unlinkat(workdir->fd, program, 0);
        to = openat(workdir->fd, program, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
        error = to < 0 ? errno : copy_bytes(from, to, size);
        return error ? refuse(why, "the program cannot be copied", error) : true;
}

static bool make_executable(
        int job_folder, const char *program, const struct workdir *workdir, char *why)
{
        struct stat status;
        uint64_t size;
        _cleanup_close_ int fd = folder_open(job_folder, program, &size);

        if (fd < 0)
                return why_not(why, "'%s' %s", program, folder_strerror(fd));
        return (fstat(fd, &status) == 0 && (status.st_mode & 0111)) ||
               copy_program(fd, size, program, workdir, why);
}

static bool make_folder(struct workdir *workdir, char *why)
{
        struct place place;

        if (!tmpdir_open(&place, why))
                return false;
        workdir->parent = place.folder;
        workdir->fd = tmpdir_make(workdir->parent, workdir->name);
        if (workdir->fd >= 0)
                return true;
        why_not(why, "no folder can be made for the program in %.300s: %s", tmpdir_path(),
                strerror(errno));
        place_close(&place);
        return false;
}

/*
 * Files get the time of the last tick, up to 10 ms old: what the program writes must be later than
 * what it found. A file system that has a clock of its own is not waited for.
 */
static void wait_until_behind(const struct timespec *made)
{
        const struct timespec step = { .tv_nsec = 500000 };
        struct timespec now;

        for (int i = 0; i < 40; i++) {
                clock_gettime(CLOCK_REALTIME_COARSE, &now);
                if (now.tv_sec != made->tv_sec ? now.tv_sec > made->tv_sec
                                               : now.tv_nsec > made->tv_nsec)
                        return;
                nanosleep(&step, NULL);
        }
}

bool workdir_make(int job_folder, const char *program, struct workdir *ret_workdir, char *why)
{
        struct workdir workdir = { .job_folder = job_folder };
        struct stat status;

        if (!make_folder(&workdir, why))
                return false;
        if (link_all(job_folder, &workdir, why) &&
                (!program || make_executable(job_folder, program, &workdir, why))) {
                if (fstat(workdir.fd, &status) == 0) {
                        workdir.made = status.st_ctim;
                        wait_until_behind(&workdir.made);
                }
                *ret_workdir = workdir;
                return true;
        }
        workdir_remove(&workdir);
        return false;
}

static uint64_t folder_total(int fd, bool counts_blocks, unsigned depth)
{
        DIR *folder = beneath_list(fd);
        struct dirent *entry;
        struct stat status;
        uint64_t bytes = 0;

        while (folder && (entry = readdir(folder))) {
                if (beneath_is_dot(entry) ||
                        fstatat(fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
                        continue;
                if (S_ISREG(status.st_mode))
                        bytes += counts_blocks ? 512 * (uint64_t)status.st_blocks
                                               : (uint64_t)status.st_size;
                _cleanup_close_ int below =
                        S_ISDIR(status.st_mode) && depth < 64
                                ? openat(fd, entry->d_name,
                                          O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                                : -1;

                if (below >= 0)
                        bytes += folder_total(below, counts_blocks, depth + 1);
        }
        if (folder)
                closedir(folder);
        return bytes;
}

uint64_t workdir_bytes(const struct workdir *workdir)
{
        struct statfs system;
        bool counts_blocks = fstatfs(workdir->fd, &system) != 0 || system.f_type != RAMFS_MAGIC;

        /* ramfs does not say what a file takes, only how long it is. */
        return folder_total(workdir->fd, counts_blocks, 0);
}

void workdir_remove(struct workdir *workdir)
{
        beneath_remove(workdir->parent, workdir->name, workdir->fd);
        close(workdir->fd);
        close(workdir->parent);
        workdir->fd = -1;
        workdir->parent = -1;
}

/* --- finding what the program left in it --- */

struct search {
        const struct workdir *workdir;
        const struct words *patterns;
        bool linked; /* in a folder of the job folder, behind a link */
        struct workfiles files;
        char *why;
};

static bool search_folder(struct search *search, int fd, const char *prefix);

static bool matches(const struct words *patterns, const char *path)
{
        for (size_t i = 0; i < patterns->count; i++) {
                if (pattern_matches(patterns->word[i], path))
                        return true;
        }
        return false;
}

static bool add_file(struct search *search, const char *path, uint64_t bytes)
{
        struct workfiles *files = &search->files;
        const char *complaint = path_complaint(path);
        struct workfile *grown;

        if (!complaint && utf8_valid(path, strlen(path)) != strlen(path))
                complaint = "is not UTF-8";
        if (path_collides(path, "stdout") || path_collides(path, "stderr"))
                complaint = "has the name that is kept for the program's own output";
        if (!complaint && files->count >= WORKDIR_MAX_FILES)
                complaint = "is one file too many: at most 1000 are collected";
        if (complaint) {
                why_not(search->why, "the collected file '%s' %s", path, complaint);
                text_make_line(search->why);
                return false;
        }
        grown = grow(files->file, files->count, sizeof(*grown));
        if (grown)
                files->file = grown;
        if (!grown || !(grown[files->count].path = strdup(path)))
                return refuse(search->why, "collecting files", ENOMEM);
        grown[files->count++].bytes = bytes;
        return true;
}

/* --- what matches and is left --- */

/* So that a line of the summary has all of it. */
#define LEFT_NAME 120u
#define LEFT_SIZE 240u

static void leave(struct search *search, const char *path, const char *reason)
{
        char line[LEFT_SIZE], name[LEFT_NAME], why[WHY_SIZE];

        search->files.all_left++;
        if (search->files.left.count == WORKDIR_MAX_LEFT)
                return;
        escape_text(path, strlen(path), name, sizeof(name));
        snprintf(line, sizeof(line), "%s %s", name, reason);
        words_add(&search->files.left, line, why);
}

/* Whether files in folders can match at all. */
static bool wants_folders(const struct words *patterns)
{
        for (size_t i = 0; i < patterns->count; i++)
                if (strchr(patterns->word[i], '/'))
                        return true;
        return false;
}

static bool is_newer(const struct timespec *time, const struct timespec *than)
{
        return time->tv_sec > than->tv_sec ||
               (time->tv_sec == than->tv_sec && time->tv_nsec > than->tv_nsec);
}

/* A file of the job folder: an input, unless something has come into it since. */
static void leave_input(struct search *search, const char *path, const struct stat *status)
{
        if (is_newer(&status->st_ctim, &search->workdir->made) && matches(search->patterns, path))
                leave(search, path,
                        "is a file of the job folder: what was written to it is not collected");
}

/* Where a link of ours leads. False: it is one of the program's. */
static bool is_ours(const struct search *search, int fd, const char *name, struct stat *ret_status)
{
        struct stat there;

        return fd == search->workdir->fd && fstatat(fd, name, ret_status, 0) == 0 &&
               fstatat(search->workdir->job_folder, name, &there, 0) == 0 &&
               there.st_dev == ret_status->st_dev && there.st_ino == ret_status->st_ino;
}

static bool search_link(struct search *search, int fd, const char *path, const char *name)
{
        _cleanup_close_ int folder = -1;
        struct stat status;
        bool good = true;

        if (search->linked)
                return true;
        if (!is_ours(search, fd, name, &status)) {
                if (matches(search->patterns, path))
                        leave(search, path, "is a symbolic link, which is not followed");
                return true;
        }
        if (S_ISREG(status.st_mode))
                leave_input(search, path, &status);
        if (S_ISDIR(status.st_mode) && wants_folders(search->patterns))
                folder = openat(fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder >= 0) {
                search->linked = true;
                good = search_folder(search, folder, path);
                search->linked = false;
        }
        return good;
}

static bool search_below(struct search *search, int fd, const char *path, const char *name)
{
        _cleanup_close_ int folder = -1;

        if (strlen(path) > PATH_MAX_LENGTH) {
                if (wants_folders(search->patterns) && !search->linked)
                        leave(search, path, "is a folder whose path is longer than 512 bytes");
                return true;
        }
        folder = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (folder >= 0)
                return search_folder(search, folder, path);
        if (wants_folders(search->patterns) && !search->linked)
                leave(search, path, "is a folder that cannot be read");
        return true;
}

static bool search_entry(struct search *search, int fd, const char *prefix, const char *name)
{
        char path[PATH_MAX_LENGTH + 300];
        struct stat status;

        if (fstatat(fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
                return true;
        snprintf(path, sizeof(path), "%s%s%s", prefix, prefix[0] ? "/" : "", name);
        if (S_ISDIR(status.st_mode))
                return search_below(search, fd, path, name);
        if (S_ISLNK(status.st_mode))
                return search_link(search, fd, path, name);
        if (S_ISREG(status.st_mode) && search->linked) {
                leave_input(search, path, &status);
                return true;
        }
        if (!matches(search->patterns, path))
                return true;
        if (S_ISREG(status.st_mode))
                return add_file(search, path, (uint64_t)status.st_size);
        leave(search, path, "is neither a file nor a folder");
        return true;
}

static bool search_folder(struct search *search, int fd, const char *prefix)
{
        struct dirent *entry;
        DIR *folder = beneath_list(fd);
        bool good = true;

        if (!folder && search->linked)
                return true;
        if (!folder)
                return refuse(search->why, "the program's folder cannot be read", errno);
        while (good && (entry = readdir(folder)))
                good = beneath_is_dot(entry) || search_entry(search, fd, prefix, entry->d_name);
        closedir(folder);
        return good;
}

static int by_path(const void *a, const void *b)
{
        return strcmp(((const struct workfile *)a)->path, ((const struct workfile *)b)->path);
}

bool workdir_find(const struct workdir *workdir, const struct words *patterns,
        struct workfiles *ret_files, char *why)
{
        struct search search = { .workdir = workdir, .patterns = patterns, .why = why };

        if (!search_folder(&search, workdir->fd, "")) {
                workfiles_clear(&search.files);
                return false;
        }
        if (search.files.count > 0)
                qsort(search.files.file, search.files.count, sizeof(*search.files.file), by_path);
        *ret_files = search.files;
        return true;
}

void workfiles_clear(struct workfiles *files)
{
        for (size_t i = 0; i < files->count; i++)
                free(files->file[i].path);
        free(files->file);
        words_clear(&files->left);
        *files = (struct workfiles){ .file = NULL };
}
