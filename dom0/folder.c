#include "dom0/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dom0/document.h"
#include "dom0/jsonfile.h"
#include "dom0/memory.h"
#include "dom0/tree.h"

static char *join(const char *folder, const char *name)
{
        size_t size = strlen(folder) + strlen(name) + 2;
        char *path = memory_get(size);

        snprintf(path, size, "%s/%s", folder, name);
        return path;
}

bool folder_make_all(const char *path)
{
        char *copy = memory_copy_text(path, strlen(path));
        bool good = true;

        for (char *slash = strchr(copy + 1, '/'); good && slash; slash = strchr(slash + 1, '/')) {
                *slash = '\0';
                good = mkdir(copy, 0700) == 0 || errno == EEXIST;
                *slash = '/';
        }
        good = good && (mkdir(copy, 0700) == 0 || errno == EEXIST);
        free(copy);
        return good;
}

json_t *folder_document(const char *path)
{
        char *name = join(path, "run.json");
        int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), reason;
        json_t *document;

        free(name);
        if (fd < 0)
                return NULL;
        document = jsonfile_load(fd);
        reason = errno;
        close(fd);
        errno = reason;
        return document;
}

/* 1: empty, 0: not, -1: cannot be told (errno). */
static int is_empty(const char *path)
{
        DIR *folder = opendir(path);
        struct dirent *entry;
        int empty = 1;

        if (!folder)
                return -1;
        while (empty && (entry = readdir(folder)))
                empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        closedir(folder);
        return empty;
}

/* A folder that holds something may be replaced by a later collection of the same run only. */
static bool check_earlier(
        struct folder *folder, const char *run_id, bool complete, struct failure *error)
{
        json_t *document = folder_document(folder->path);
        const char *id = json_string_value(json_object_get(document, "run_id"));
        bool same = id && run_id && strcmp(id, run_id) == 0;
        bool worse = !complete && json_is_true(json_object_get(document, "complete"));

        json_decref(document);
        if (!same)
                return fail(error, EXIT_USAGE,
                        "%s is not empty and holds no earlier collection of this run; name "
                        "another folder with --out",
                        folder->path);
        if (worse)
                return fail(error, EXIT_INCOMPLETE,
                        "%s holds a complete collection of this run, and this one is incomplete; "
                        "it was kept (name another folder with --out)",
                        folder->path);
        folder->replace = true;
        return true;
}

static bool check_existing(
        struct folder *folder, const char *run_id, bool complete, struct failure *error)
{
        switch (is_empty(folder->path)) {
        case 1:
                return true;
        case 0:
                return check_earlier(folder, run_id, complete, error);
        }
        if (errno == ENOTDIR)
                return fail(error, EXIT_USAGE, "%s is not a folder", folder->path);
        return fail(
                error, EXIT_INCOMPLETE, "cannot look into %s: %s", folder->path, strerror(errno));
}

/* Splits off the last part; the parent of a relative name is ".". */
static bool split(const char *path, struct folder *folder, struct failure *error)
{
        size_t length = strlen(path);
        const char *slash;

        while (length > 1 && path[length - 1] == '/')
                length--;
        folder->path = memory_copy_text(path, length);
        slash = strrchr(folder->path, '/');
        if (!slash)
                folder->parent = memory_copy_text(".", 1);
        else
                folder->parent = memory_copy_text(
                        folder->path, slash == folder->path ? 1 : (size_t)(slash - folder->path));
        slash = slash ? slash + 1 : folder->path;
        if (*slash == '\0' || strcmp(slash, ".") == 0 || strcmp(slash, "..") == 0)
                return fail(error, EXIT_USAGE, "%s cannot be a run folder", path);
        return true;
}

/* A symbolic link to a folder stands for the folder: that is what will be replaced. */
static char *resolve(const char *path)
{
        char *real = realpath(path, NULL);

        return real ? real : memory_copy_text(path, strlen(path));
}

bool folder_prepare(const char *path, const char *run_id, bool complete, struct folder *ret_folder,
        struct failure *ret_error)
{
        struct folder folder = { 0 };
        char *real = resolve(path);
        struct stat status;
        bool good = split(real, &folder, ret_error);

        free(real);
        if (good && stat(folder.path, &status) == 0)
                good = check_existing(&folder, run_id, complete, ret_error);
        else if (good && errno != ENOENT)
                good = fail(ret_error, EXIT_INCOMPLETE, "cannot look at %s: %s", folder.path,
                        strerror(errno));
        else if (good && (stat(folder.parent, &status) != 0 || !S_ISDIR(status.st_mode)))
                good = fail(ret_error, EXIT_USAGE, "there is no folder %s to write into",
                        folder.parent);
        if (!good) {
                folder_free(&folder);
                return false;
        }
        *ret_folder = folder;
        return true;
}

void folder_free(struct folder *folder)
{
        free(folder->path);
        free(folder->parent);
        *folder = (struct folder){ 0 };
}

static bool write_line(const json_t *event, void *arg)
{
        FILE *file = arg;

        return json_dumpf(event, file, DOCUMENT_LINE) == 0 && putc('\n', file) != EOF;
}

static bool write_events(int root, const struct run *run)
{
        FILE *file = tree_open(root, "events.jsonl");
        bool good;

        if (!file)
                return false;
        good = run_each_event(run, write_line, file);
        return fclose(file) == 0 && good;
}

static bool write_document(int root, const json_t *document)
{
        FILE *file = tree_open(root, "run.json");
        bool good;

        if (!file)
                return false;
        good = json_dumpf(document, file, DOCUMENT_FILE) == 0 && putc('\n', file) != EOF;
        return fclose(file) == 0 && good;
}

/* Everything into the folder open at `root`; returns the name that failed (errno), or NULL. */
static const char *write_all(int root, const struct run *run, const json_t *document, bool raw)
{
        for (size_t i = 0; i < run->files_count; i++) {
                const struct run_file *file = &run->files[i];

                if (!tree_write(root, file->path, file->data, file->length))
                        return file->path;
        }
        if (!write_events(root, run))
                return "events.jsonl";
        if (raw && !tree_write(root, "region.bin", run->base, run->size))
                return "region.bin";
        if (!write_document(root, document))
                return "run.json";
        return syncfs(root) == 0 ? NULL : "its data to disk";
}

static bool fill(const char *path, const struct run *run, const json_t *document, bool raw,
        struct failure *error)
{
        int root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        const char *failed;
        int reason;

        if (root < 0)
                return fail(error, EXIT_INCOMPLETE, "cannot open %s: %s", path, strerror(errno));
        failed = write_all(root, run, document, raw);
        reason = errno;
        close(root);
        if (failed)
                return fail(error, EXIT_INCOMPLETE,
                        "cannot write %s: %s; no run folder was written", failed, strerror(reason));
        return true;
}

/* For file systems that cannot exchange two names: the old one steps aside first. */
static bool step_aside(const struct folder *folder, const char *fresh)
{
        char *aside = join(folder->parent, ".forestage-old-XXXXXX");
        bool good = mkdtemp(aside) != NULL;

        if (good && rename(folder->path, aside) != 0) {
                rmdir(aside);
                good = false;
        } else if (good && rename(fresh, folder->path) != 0) {
                int reason = errno;

                rename(aside, folder->path);
                errno = reason;
                good = false;
        } else if (good) {
                tree_remove(aside);
        }
        free(aside);
        return good;
}

/* Gives the new folder its final name; what was there before is gone then, and not earlier. */
static bool place(const struct folder *folder, const char *fresh)
{
        if (!folder->replace)
                return rename(fresh, folder->path) == 0;
        if (renameat2(AT_FDCWD, fresh, AT_FDCWD, folder->path, RENAME_EXCHANGE) == 0) {
                tree_remove(fresh);
                return true;
        }
        if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
                return false;
        return step_aside(folder, fresh);
}

static void sync_folder(const char *path)
{
        int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (fd < 0)
                return;
        fsync(fd); /* not every file system can; the data itself is on disk already */
        close(fd);
}

bool folder_write(const struct folder *folder, const struct run *run, const json_t *document,
        bool raw, struct failure *ret_error)
{
        char *fresh = join(folder->parent, ".forestage-new-XXXXXX");
        bool good;

        if (!mkdtemp(fresh)) {
                fail(ret_error, EXIT_INCOMPLETE, "cannot create a folder in %s: %s", folder->parent,
                        strerror(errno));
                free(fresh);
                return false;
        }
        good = fill(fresh, run, document, raw, ret_error);
        if (good && !place(folder, fresh))
                good = fail(ret_error, EXIT_INCOMPLETE, "cannot rename the run folder to %s: %s%s",
                        folder->path, strerror(errno),
                        errno == EBUSY ? " (a mount point: name a folder in it)" : "");
        if (!good)
                tree_remove(fresh);
        else
                sync_folder(folder->parent);
        free(fresh);
        return good;
}
