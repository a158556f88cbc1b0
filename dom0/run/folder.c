#include "dom0/run/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "dom0/base/fresh.h"
#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "dom0/base/tree.h"
#include "dom0/run/document.h"
#include "dom0/run/jsonfile.h"
#include "files/owner.h"
#include "lib/cleanup.h"
#include "lib/clock.h"
#include "lib/why.h"

#define LOOKS    20u   /* at a folder that others replace */
#define NAMES_MS 10000 /* to wait for others who give names */

bool folder_make_all(const char *path)
{
        _cleanup_(place_close) struct place place = PLACE_NONE;
        char why[PLACE_WHY];
        int error = place_find(path, PLACE_MAKE, &place, why);

        errno = -error;
        return !error &&
               (!*place.name || mkdirat(place.folder, place.name, 0700) == 0 || errno == EEXIST);
}

/* The run.json of the folder open at `fd`. */
static json_t *read_document(int folder, char ret_hash[2 * SHA256_SIZE + 1])
{
        _cleanup_close_ int fd = beneath_open(folder, "run.json", O_RDONLY);

        return fd >= 0 ? jsonfile_load_hashed(fd, ret_hash) : NULL;
}

/* Whether the path leads elsewhere by now: then what was open may have been removed meanwhile. */
static bool was_replaced(const char *path, int folder)
{
        struct stat ours, named;

        return fstat(folder, &ours) == 0 && stat(path, &named) == 0 &&
               (ours.st_dev != named.st_dev || ours.st_ino != named.st_ino);
}

json_t *folder_document(const char *path)
{
        return folder_document_hashed(path, NULL);
}

json_t *folder_document_hashed(const char *path, char ret_hash[2 * SHA256_SIZE + 1])
{
        for (unsigned i = 0; i < LOOKS; i++) {
                _cleanup_close_ int folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
                json_t *document = folder >= 0 ? read_document(folder, ret_hash) : NULL;
                int reason = errno;

                if (document || folder < 0 || !was_replaced(path, folder)) {
                        errno = reason;
                        return document;
                }
        }
        return NULL;
}

json_t *folder_own_document(const char *path)
{
        _cleanup_(place_close) struct place place = PLACE_NONE;
        _cleanup_close_ int folder = -1;
        char why[PLACE_WHY];
        struct stat status;

        errno = -place_find(path, 0, &place, why);
        if (errno)
                return NULL;
        folder = openat(place.folder, place.name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (folder < 0 || fstat(folder, &status) != 0)
                return NULL;
        errno = EINVAL;
        if (place.exposed || !owner_is_trusted(&status) || owner_shares(&status))
                return NULL;
        return read_document(folder, NULL);
}

/* A folder that holds something may be replaced by a later collection of the same run only. */
static bool check_earlier(struct folder *folder, struct failure *error)
{
        json_auto_t *document = read_document(folder->old, NULL);
        const char *id = get_string(document, "run_id");

        if (!id || !folder->run_id || strcmp(id, folder->run_id) != 0)
                return fail(error, EXIT_USAGE,
                        "%s is not empty and holds no earlier collection of this run; name "
                        "another folder with --out",
                        folder->path);
        if (!folder->complete && get_bool(document, "complete"))
                return fail(error, EXIT_INCOMPLETE,
                        "%s holds a complete collection of this run, and this one is incomplete; "
                        "it was kept (name another folder with --out)",
                        folder->path);
        folder->replace = true;
        return true;
}

static void forget_old(struct folder *folder)
{
        if (folder->old >= 0)
                close(folder->old);
        folder->old = -1;
        folder->replace = false;
}

static bool has_changed(const struct folder *folder)
{
        struct stat status;

        if (folder->old >= 0)
                return !beneath_is(folder->place.folder, folder->place.name, folder->old);
        return fstatat(folder->place.folder, folder->place.name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool check_existing(struct folder *folder, struct failure *error)
{
        folder->old = openat(folder->place.folder, folder->place.name,
                O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (folder->old < 0 && errno == ENOENT)
                return true;
        if (folder->old < 0 && (errno == ENOTDIR || errno == ELOOP))
                return fail(error, EXIT_USAGE, "%s is not a folder", folder->path);
        switch (folder->old < 0 ? -1 : beneath_is_empty(folder->old)) {
        case 1:
                return true;
        case 0:
                return check_earlier(folder, error);
        }
        return fail_errno(error, EXIT_INCOMPLETE, "cannot look into", folder->path);
}

/*
 * What stands under the name is held open from here on: it, and no other, is what may go. When
 * another collection has replaced it meanwhile, what was seen of it may be a half of it.
 */
static bool look(struct folder *folder, struct failure *error)
{
        for (unsigned i = 0; i < LOOKS; i++) {
                forget_old(folder);
                if (check_existing(folder, error))
                        return true;
                if (folder->place.exposed || !has_changed(folder))
                        break;
        }
        return false;
}

/* "." and ".." have another name in the folder above, which is what will be renamed over. */
static char *resolve(const char *path)
{
        size_t length = strlen(path), start;
        char *real = NULL;

        while (length > 1 && path[length - 1] == '/')
                length--;
        for (start = length; start > 0 && path[start - 1] != '/'; start--)
                ;
        if (strncmp(path + start, "..", length - start) == 0 && length - start > 0)
                real = realpath(path, NULL);
        return real ? real : memory_copy_text(path, length);
}

static bool find_place(struct folder *folder, struct failure *error)
{
        char why[PLACE_WHY];
        int found = place_find(folder->path, 0, &folder->place, why);
        bool usage = found == -ENOENT || found == -ENOTDIR || found == -EPERM;

        if (found)
                return fail(error, usage ? EXIT_USAGE : EXIT_INCOMPLETE, "%s%s", why,
                        found == -ENOENT ? " to write into" : "");
        return (folder->place.own < 0 && *folder->place.name) ||
               fail(error, EXIT_USAGE, "%s cannot be a run folder", folder->path);
}

bool folder_prepare(const char *path, const char *run_id, bool complete, struct folder *ret_folder,
        struct failure *ret_error)
{
        struct folder folder = { .path = resolve(path),
                .place.folder = -1,
                .old = -1,
                .run_id = run_id,
                .complete = complete };

        if (!find_place(&folder, ret_error) || !look(&folder, ret_error)) {
                folder_free(&folder);
                return false;
        }
        *ret_folder = folder;
        return true;
}

void folder_free(struct folder *folder)
{
        forget_old(folder);
        place_close(&folder->place);
        free(folder->path);
        *folder = (struct folder){ .place.folder = -1, .old = -1 };
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

/* Returns the name that failed, or NULL. */
static const char *write_texts(int root, const json_t *texts)
{
        const char *path;
        json_t *text;

        json_object_foreach((json_t *)texts, path, text)
                if (!tree_write(root, path, json_string_value(text), json_string_length(text)))
                        return path;
        return NULL;
}

/*
 * The copy of what was judged; or from the store, and once more as its record says: what has
 * changed since is none.
 */
static bool write_stored(
        int root, const struct folder *folder, const struct run *run, const struct run_file *file)
{
        FILE *stream;
        char why[WHY_SIZE];
        bool good;

        if (file->copy >= 0 && beneath_name(root, file->path, file->copy))
                return true;
        stream = tree_open(root, file->path);
        if (!stream)
                return false;
        good = folder->store->read(
                folder->store->context, run->report.info.run_id, file, fileno(stream), why);
        if (fclose(stream) == 0 && good)
                return true;
        if (!good)
                errno = EIO;
        return false;
}

static bool write_file(
        int root, const struct folder *folder, const struct run *run, const struct run_file *file)
{
        if (file->problem)
                return true; /* it is refused, and the verdict says so */
        return file->data ? tree_write(root, file->path, file->data, file->length)
                          : write_stored(root, folder, run, file);
}

/* Everything into the folder open at `root`; returns the name that failed (errno), or NULL. */
static const char *write_all(int root, const struct folder *folder, const struct run *run,
        const json_t *document, bool raw)
{
        const char *failed = NULL;

        for (size_t i = 0; i < run->files_count; i++) {
                const struct run_file *file = &run->files[i];

                if (!write_file(root, folder, run, file))
                        return file->path;
        }
        if (!write_events(root, run))
                return "events.jsonl";
        if (raw && !tree_write(root, "region.bin", run->base, run->size))
                return "region.bin";
        failed = folder->texts ? write_texts(root, folder->texts) : NULL;
        if (failed)
                return failed;
        if (!write_document(root, document))
                return "run.json";
        return syncfs(root) == 0 ? NULL : "its data to disk";
}

static bool fill(int root, const struct folder *folder, const struct run *run,
        const json_t *document, bool raw, struct failure *error)
{
        const char *failed = write_all(root, folder, run, document, raw);

        return !failed ||
               fail(error, EXIT_INCOMPLETE, "cannot write %s: %s; no run folder was written",
                       failed, strerror(errno));
}

/* What was put aside goes, if it is what was looked at and not something that took its name. */
static void remove_old(const struct folder *folder, const char *name)
{
        if (beneath_is(folder->place.folder, name, folder->old))
                beneath_remove(folder->place.folder, name, folder->old);
}

/* For file systems that cannot exchange two names: the old one steps aside first. */
static bool step_aside(const struct folder *folder, const char *fresh)
{
        const char *name = folder->place.name;
        int parent = folder->place.folder, reason;
        char aside[BENEATH_NAME];
        _cleanup_close_ int fd = beneath_make(parent, ".forestage-old-", aside);

        if (fd < 0)
                return false;
        if (renameat(parent, name, parent, aside) == 0) {
                if (renameat(parent, fresh, parent, name) == 0) {
                        remove_old(folder, aside);
                        return true;
                }
                reason = errno;
                renameat(parent, aside, parent, name);
        } else {
                reason = errno;
                unlinkat(parent, aside, AT_REMOVEDIR);
        }
        errno = reason;
        return false;
}

/* For an exchange that has hit another folder than the one that was looked at. */
static bool undo_exchange(const struct folder *folder, const char *fresh)
{
        int parent = folder->place.folder;

        renameat2(parent, fresh, parent, folder->place.name, RENAME_EXCHANGE);
        errno = ESTALE;
        return false;
}

/* Gives the new folder its final name; what was there before is gone then, and not earlier. */
static bool rename_folder(const struct folder *folder, const char *fresh)
{
        const char *name = folder->place.name;
        int parent = folder->place.folder;

        if (!folder->replace)
                return renameat(parent, fresh, parent, name) == 0;
        if (renameat2(parent, fresh, parent, name, RENAME_EXCHANGE) == 0) {
                if (!beneath_is(parent, fresh, folder->old))
                        return undo_exchange(folder, fresh);
                beneath_remove(parent, fresh, folder->old);
                return true;
        }
        if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
                return false;
        return step_aside(folder, fresh);
}

static bool give_name(
        const struct folder *folder, int root, const char *fresh, struct failure *error)
{
        int parent = folder->place.folder;

        if (!beneath_is(parent, fresh, root) ||
                (folder->replace && !beneath_is(parent, folder->place.name, folder->old)))
                return fail(error, EXIT_INCOMPLETE,
                        "somebody has exchanged %s, or what was written for it, meanwhile; no run "
                        "folder was written: name one in a folder that only you can write to",
                        folder->path);
        return rename_folder(folder, fresh) ||
               fail(error, EXIT_INCOMPLETE, "cannot rename the run folder to %s: %s%s",
                       folder->path, strerror(errno),
                       errno == EBUSY ? " (a mount point: name a folder in it)" : "");
}

/*
 * Two collections into one folder at once must not both exchange its name. The lock is that of the
 * folder above, which anybody who can read that could hold: whoever does only makes us wait.
 */
static int lock_names(const struct folder *folder)
{
        const struct timespec pause = { .tv_nsec = 10000000 };
        _cleanup_close_ int fd =
                openat(folder->place.folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        long long start = clock_ms();

        while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK &&
                clock_ms() - start < NAMES_MS)
                nanosleep(&pause, NULL);
        return TAKE_FD(fd);
}

/* Of two collections of one run the later one replaces the other. */
static bool take_name(struct folder *folder, int root, const char *fresh, struct failure *error)
{
        _cleanup_close_ int lock = folder->place.exposed ? -1 : lock_names(folder);

        if (lock >= 0 && has_changed(folder) && !look(folder, error))
                return false;
        return give_name(folder, root, fresh, error);
}

/* Whether the name is that of the folder that was written, or of a later collection of the run. */
static bool check_name(struct folder *folder, int root, struct failure *error)
{
        if (beneath_is(folder->place.folder, folder->place.name, root))
                return true;
        if (!folder->place.exposed && !look(folder, error))
                return false;
        if (!folder->place.exposed && folder->replace)
                return true;
        return fail(error, EXIT_INCOMPLETE,
                "%s is not the run folder that was written: somebody has exchanged it; name one in "
                "a folder that only you can write to",
                folder->path);
}

bool folder_write(struct folder *folder, const struct run *run, const json_t *document, bool raw,
        struct failure *ret_error)
{
        char fresh[BENEATH_NAME];
        _cleanup_close_ int root = -1;

        if (!folder->place.exposed)
                fresh_sweep(folder->place.folder);
        root = fresh_folder(folder->place.folder, fresh);
        if (root < 0)
                return fail(ret_error, EXIT_INCOMPLETE, "cannot create a folder beside %s: %s",
                        folder->path, strerror(errno));
        if (!fill(root, folder, run, document, raw, ret_error) ||
                !take_name(folder, root, fresh, ret_error)) {
                beneath_remove(folder->place.folder, fresh, root);
                return false;
        }
        place_sync(&folder->place); /* the data itself is on disk already */
        return check_name(folder, root, ret_error);
}
