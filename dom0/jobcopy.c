#include "dom0/jobcopy.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dom0/durable.h"
#include "dom0/escape.h"
#include "dom0/memory.h"
#include "efi/path.h"

#define MAX_DEPTH 16u
#define CLUSTER   ((uint64_t)32 << 10) /* what FAT may round a file up to */

/* A walk over the files of a folder; links are followed, for FAT has none. */
struct walk {
        const char *folder;
        const char *target; /* NULL: only measure */
        struct hashlist *list;
        uint64_t bytes;
        struct failure *error;
};

static char *join(const char *folder, const char *name)
{
        size_t size = strlen(folder) + strlen(name) + 2;
        char *path = memory_get(size);

        snprintf(path, size, "%s%s%s", folder, *name ? "/" : "", name);
        return path;
}

static bool check_name(struct walk *walk, const char *name)
{
        char *path = join("jobs", name);
        enum path_error wrong = path_check(slice_of(path));

        free(path);
        return !wrong || fail(walk->error, EXIT_FAIL,
                                 "%s/%s: the file cannot go on the EFI system partition: %s",
                                 walk->folder, shown_string(name).text, path_strerror(wrong));
}

/* Only the name counts: two that are one on FAT are found before anything is written. */
static void list_name(struct walk *walk, const char *name)
{
        static const uint8_t no_hash[SHA256_SIZE];
        char *listed = join("jobs", name);

        hashlist_add(walk->list, listed, no_hash);
        free(listed);
}

static bool copy_file(struct walk *walk, const char *source, const char *name)
{
        char *target = join(walk->target, name), *listed = join("jobs", name);
        uint8_t digest[SHA256_SIZE];
        bool good = durable_copy(target, source, 0600, digest, NULL, walk->error);

        if (good)
                hashlist_add(walk->list, listed, digest);
        free(listed);
        free(target);
        return good;
}

static bool make_folder(struct walk *walk, const char *name)
{
        char *target = join(walk->target, name);
        bool good = mkdir(target, 0700) == 0 || errno == EEXIST ||
                    fail(walk->error, EXIT_FAIL, "cannot create %s: %s", target, strerror(errno));

        free(target);
        return good;
}

static bool walk_folder(struct walk *walk, const char *name, unsigned depth);

static bool walk_one(struct walk *walk, const char *name, unsigned depth)
{
        char *source = join(walk->folder, name);
        struct stat status;
        bool good;

        if (stat(source, &status) != 0)
                good = fail(
                        walk->error, EXIT_FAIL, "cannot look at %s: %s", source, strerror(errno));
        else if (S_ISDIR(status.st_mode))
                good = walk_folder(walk, name, depth + 1);
        else if (!S_ISREG(status.st_mode))
                good = fail(walk->error, EXIT_FAIL, "%s is neither a file nor a folder", source);
        else if (!walk->target) {
                list_name(walk, name);
                walk->bytes += ((uint64_t)status.st_size + CLUSTER - 1) & ~(CLUSTER - 1);
                good = check_name(walk, name);
        } else
                good = copy_file(walk, source, name);
        free(source);
        return good;
}

static int no_dot(const struct dirent *entry)
{
        return entry->d_name[0] != '.';
}

static bool walk_folder(struct walk *walk, const char *name, unsigned depth)
{
        char *path = join(walk->folder, name);
        struct dirent **entries = NULL;
        int count = scandir(path, &entries, no_dot, alphasort);
        bool good = true;

        if (count < 0)
                good = fail(walk->error, EXIT_FAIL, "cannot read %s: %s", path, strerror(errno));
        else if (depth > MAX_DEPTH)
                good = fail(walk->error, EXIT_FAIL, "%s: folders are nested more than %u deep",
                        path, MAX_DEPTH);
        else if (walk->target)
                good = make_folder(walk, name);
        for (int i = 0; i < count; i++) {
                char *child =
                        *name ? join(name, entries[i]->d_name)
                              : memory_copy_text(entries[i]->d_name, strlen(entries[i]->d_name));

                good = good && walk_one(walk, child, depth);
                free(child);
                free(entries[i]);
        }
        free(entries);
        free(path);
        return good;
}

bool jobcopy_measure(const char *folder, uint64_t *ret_bytes, struct failure *ret_error)
{
        struct hashlist names = { 0 };
        struct walk walk = { .folder = folder, .list = &names, .error = ret_error };
        bool good = walk_folder(&walk, "", 0) && hashlist_check(&names, false, ret_error);

        hashlist_free(&names);
        if (good)
                *ret_bytes = walk.bytes;
        return good;
}

bool jobcopy_write(
        const char *folder, const char *target, struct hashlist *list, struct failure *ret_error)
{
        struct walk walk = { folder, target, list, 0, ret_error };

        return walk_folder(&walk, "", 0);
}
