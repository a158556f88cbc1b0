#include "dom0/check/joblist.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dom0/base/memory.h"
#include "dom0/host/fatname.h"
#include "dom0/host/hashlist.h"
#include "dom0/trees/trees.h"
#include "efi/parse/manifest.h"
#include "files/beneath.h"
#include "files/owner.h"
#include "jobs/jobfolder.h"
#include "lib/cleanup.h"

#define MAX_DEPTH   16u
#define MAX_ENTRIES MANIFEST_MAX_FILES   /* files, and as many folders */
#define CLUSTER     ((uint64_t)32 << 10) /* what FAT may round a file up to */

struct walk {
        struct joblist *list;
        size_t folders;
        struct failure *error;
};

static bool refuse(const struct walk *walk, const char *name, const char *problem)
{
        return fail(walk->error, EXIT_FAIL, "%s%s%s: %s", walk->list->path, *name ? "/" : "", name,
                problem);
}

static uint64_t round_up(uint64_t bytes)
{
        return (bytes + CLUSTER - 1) & ~(CLUSTER - 1);
}

static char *join(const char *folder, const char *name)
{
        return memory_format("%s%s%s", folder, *folder ? "/" : "", name);
}

/* --- what may go along --- */

/*
 * Who can write to a folder can give any file of the same disk a name in it. That must not hand out
 * what only the file's owner may read.
 */
static bool may_have_links(const struct stat *folder, const struct stat *file)
{
        if (file->st_nlink < 2 || (file->st_mode & S_IROTH))
                return true;
        return (owner_is_trusted(folder) || folder->st_uid == file->st_uid) &&
               !owner_shares(folder);
}

const char *joblist_problem(const struct stat *folder, const struct stat *file)
{
        if (S_ISLNK(file->st_mode))
                return "it is a symbolic link, which FAT has not; put the file itself there";
        if (!S_ISREG(file->st_mode))
                return "it is neither a file nor a folder";
        if ((uint64_t)file->st_size > FATNAME_FILE_MAX)
                return "FAT holds no file of 4 GiB or more";
        if (!may_have_links(folder, file))
                return "it has another name elsewhere (a hard link), and not everybody who can "
                       "write to its folder may read it; put a copy there";
        return NULL;
}

/* --- listing --- */

static int by_name(const void *left, const void *right)
{
        const char *const *a = left, *const *b = right;

        int difference = path_compare(slice_of(*a), slice_of(*b));

        return difference ? difference : strcmp(*a, *b);
}

static bool check_path(const struct walk *walk, const char *name)
{
        _cleanup_free_ char *path = join("jobs", name);
        enum path_error wrong = path_check(slice_of(path));
        char text[160];

        snprintf(text, sizeof(text), "the file cannot go on the EFI system partition: %s",
                path_strerror(wrong));
        return !wrong || refuse(walk, name, text);
}

/* Two names in one folder that FAT does not tell apart, and more names than it has room for. */
static bool check_names(struct walk *walk, const char *folder, char **names, size_t count)
{
        size_t entries = 2;

        if (count > 0)
                qsort(names, count, sizeof(names[0]), by_name);
        for (size_t i = 0; i < count; i++) {
                entries += fatname_entries(strlen(names[i]));
                if (i > 0 && path_same(slice_of(names[i - 1]), slice_of(names[i])))
                        return fail(walk->error, EXIT_FAIL,
                                "%s%s%s: %s and %s are one name on the EFI system partition, which "
                                "is FAT",
                                walk->list->path, *folder ? "/" : "", folder, names[i - 1],
                                names[i]);
        }
        if (entries > FATNAME_ENTRIES_MAX)
                return refuse(walk, folder, "too many long names for one folder on FAT");
        walk->list->fat_bytes += round_up((uint64_t)entries * FATNAME_ENTRY_BYTES);
        return true;
}

/* The names in a folder. */
struct names {
        char **name;
        size_t count, hidden;
        char *first_hidden;
};

static void names_free(struct names *names)
{
        for (size_t i = 0; i < names->count; i++)
                free(names->name[i]);
        free(names->name);
        free(names->first_hidden);
}

/* What looks like a job is told of elsewhere. */
static void pass_over(struct names *names, const char *name)
{
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || jobfolder_refusal(name))
                return;
        if (names->hidden++ == 0)
                names->first_hidden = memory_copy(name);
}

static void note_hidden(struct joblist *list, const char *folder, const struct names *names)
{
        if (list->hidden == 0 && names->hidden > 0)
                list->first_hidden = join(folder, names->first_hidden);
        list->hidden += names->hidden;
}

/* False: errno, or 0 when there is too much in the folder. */
static bool read_names(DIR *folder, struct names *names)
{
        struct dirent *entry;

        while (errno = 0, (entry = readdir(folder))) {
                if (entry->d_name[0] == '.') {
                        pass_over(names, entry->d_name);
                        continue;
                }
                if (names->count == MAX_ENTRIES) {
                        errno = 0;
                        return false;
                }
                names->name = memory_grow(names->name, names->count, sizeof(names->name[0]));
                names->name[names->count++] = memory_copy(entry->d_name);
        }
        return errno == 0;
}

static bool list_folder(
        struct walk *walk, int parent, const char *part, const char *name, unsigned depth);

static bool list_file(
        struct walk *walk, const char *name, const struct stat *folder, const struct stat *status)
{
        struct joblist *list = walk->list;
        const char *problem = joblist_problem(folder, status);

        if (problem)
                return refuse(walk, name, problem);
        if (!check_path(walk, name))
                return false;
        if (list->count == MAX_ENTRIES)
                return refuse(walk, "", "it holds more than 4096 files");
        list->file = memory_grow(list->file, list->count, sizeof(list->file[0]));
        list->file[list->count].name = memory_copy(name);
        list->file[list->count++].bytes = (uint64_t)status->st_size;
        list->fat_bytes += round_up((uint64_t)status->st_size);
        return true;
}

static bool list_one(
        struct walk *walk, int folder, const char *part, const char *above, unsigned depth)
{
        _cleanup_free_ char *name = join(above, part);
        struct stat status, around;

        if (trees_have(&walk->list->trees, name))
                return true;
        if (fstatat(folder, part, &status, AT_SYMLINK_NOFOLLOW) != 0 || fstat(folder, &around) != 0)
                return refuse(walk, name, strerror(errno));
        if (S_ISDIR(status.st_mode))
                return check_path(walk, name) && list_folder(walk, folder, part, name, depth + 1);
        return list_file(walk, name, &around, &status);
}

static bool list_names(struct walk *walk, DIR *folder, const char *name, unsigned depth)
{
        _cleanup_(names_free) struct names names = { 0 };

        if (!read_names(folder, &names))
                return refuse(walk, name,
                        errno ? strerror(errno) : "it holds more than 4096 files and folders");
        note_hidden(walk->list, name, &names);
        if (!check_names(walk, name, names.name, names.count))
                return false;
        for (size_t i = 0; i < names.count; i++)
                if (!list_one(walk, dirfd(folder), names.name[i], name, depth))
                        return false;
        return true;
}

static bool list_folder(
        struct walk *walk, int parent, const char *part, const char *name, unsigned depth)
{
        _cleanup_close_ int fd = *part ? beneath_folder(parent, part) : -1;
        _cleanup_closedir_ DIR *folder = *part ? NULL : beneath_list(parent);

        if (fd >= 0)
                folder = fdopendir(fd);
        if (folder)
                fd = -1; /* the folder's now */
        if (!folder)
                return refuse(walk, name,
                        errno == EXDEV ? "something is mounted there" : strerror(errno));
        if (depth > MAX_DEPTH)
                return refuse(walk, name, "folders are nested more than 16 deep");
        if (++walk->folders > MAX_ENTRIES)
                return refuse(walk, "", "it holds more than 4096 folders");
        return list_names(walk, folder, name, depth);
}

static int by_order(const void *left, const void *right)
{
        const struct joblist_file *a = left, *b = right;

        return fatname_order(a->name, b->name);
}

bool joblist_read(const char *path, struct joblist *ret_list, struct failure *ret_error)
{
        struct joblist list = { .path = path,
                .folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
        struct walk walk = { .list = &list, .error = ret_error };

        if (list.folder < 0)
                return fail(ret_error, EXIT_FAIL, "the jobs folder %s cannot be read: %s", path,
                        strerror(errno));
        if (!trees_find(list.folder, path, &list.trees, ret_error) ||
                !list_folder(&walk, list.folder, "", "", 0)) {
                joblist_free(&list);
                return false;
        }
        if (list.count > 0)
                qsort(list.file, list.count, sizeof(list.file[0]), by_order);
        *ret_list = list;
        return true;
}

void joblist_free(struct joblist *list)
{
        for (size_t i = 0; i < list->count; i++)
                free(list->file[i].name);
        free(list->file);
        free(list->first_hidden);
        words_clear(&list->trees);
        if (list->path)
                close(list->folder);
        *list = (struct joblist){ .folder = -1 };
}

bool joblist_has(const struct joblist *list, const char *name)
{
        struct joblist_file wanted = { .name = (char *)name };

        return list->count > 0 &&
               bsearch(&wanted, list->file, list->count, sizeof(wanted), by_order);
}

char *joblist_path(const struct joblist_file *file)
{
        return memory_format("jobs/%s", file->name);
}

bool joblist_check_manifest(const struct joblist *list, struct failure *ret_error)
{
        static const uint8_t no_hash[SHA256_SIZE];
        _cleanup_(hashlist_free) struct hashlist names = { 0 };

        for (size_t i = 0; i < list->count; i++) {
                _cleanup_free_ char *path = joblist_path(&list->file[i]);

                hashlist_add(&names, path, no_hash);
        }
        return hashlist_check(&names, false, ret_error);
}

/* --- opening --- */

/* What a name has become since it was listed. */
static const char *open_problem(int reason)
{
        switch (reason) {
        case ENOENT:
                return "it is not there any more";
        case ELOOP:
        case ENOTDIR:
                return "a symbolic link, or something else that is no folder, has come in its way";
        case ENXIO:
                return "it is neither a file nor a folder now";
        case EXDEV:
                return "something has been mounted there";
        default:
                return strerror(reason);
        }
}

/* The folder that a file of the list is in; -1: errno. */
static int open_around(const struct joblist *list, const char *name, const char **ret_last)
{
        const char *slash = strrchr(name, '/');
        _cleanup_free_ char *folder = slash ? memory_copy_text(name, (size_t)(slash - name)) : NULL;

        *ret_last = slash ? slash + 1 : name;
        return folder ? beneath_open(list->folder, folder, O_RDONLY | O_DIRECTORY)
                      : fcntl(list->folder, F_DUPFD_CLOEXEC, 0);
}

/* -1 and a reason, which is about the file as it is now. */
static int open_file(int folder, const char *last, uint64_t bytes, const char **ret_problem)
{
        _cleanup_close_ int fd = beneath_open(folder, last, O_RDONLY);
        struct stat around, status;

        if (fd < 0)
                *ret_problem = open_problem(errno);
        else if (fstat(folder, &around) != 0 || fstat(fd, &status) != 0)
                *ret_problem = strerror(errno);
        else if (!(*ret_problem = joblist_problem(&around, &status)) &&
                 (uint64_t)status.st_size != bytes)
                *ret_problem = "its size is another now";
        return *ret_problem ? -1 : TAKE_FD(fd);
}

int joblist_open(
        const struct joblist *list, const struct joblist_file *file, struct failure *ret_error)
{
        const char *last, *problem = NULL;
        _cleanup_close_ int folder = open_around(list, file->name, &last);
        int fd = -1;

        if (folder < 0)
                problem = open_problem(errno);
        else
                fd = open_file(folder, last, file->bytes, &problem);
        if (fd < 0)
                fail(ret_error, EXIT_FAIL, "%s/%s has changed since it was checked: %s", list->path,
                        file->name, problem);
        return fd;
}
