#include "dom0/arm/jobcopy.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "dom0/base/durable.h"
#include "dom0/base/memory.h"
#include "lib/cleanup.h"

static void list_name(
        struct hashlist *list, const struct joblist_file *file, const uint8_t sha256[SHA256_SIZE])
{
        _cleanup_free_ char *listed = joblist_path(file);

        hashlist_add(list, listed, sha256);
}

/* A folder that is there already is another one that FAT takes for the same. */
static bool make_folder(const char *path, const char *name, struct failure *error)
{
        if (mkdir(path, 0700) == 0)
                return true;
        if (errno == EEXIST)
                return durable_clash(name, error);
        return fail_errno(error, EXIT_FAIL, "cannot create", path);
}

/* The folders of `name` that `before`, the file copied last, is not in; see fatname_order. */
static bool make_folders(
        const char *target, const char *name, const char *before, struct failure *error)
{
        size_t common = 0;

        for (size_t i = 0; name[i] && name[i] == before[i]; i++)
                if (name[i] == '/')
                        common = i + 1;
        for (const char *slash = strchr(name + common, '/'); slash;
                slash = strchr(slash + 1, '/')) {
                _cleanup_free_ char *path =
                        memory_format("%s/%.*s", target, (int)(slash - name), name);

                if (!make_folder(path, name, error))
                        return false;
        }
        return true;
}

static bool copy_file(const struct joblist *jobs, const struct joblist_file *file,
        const char *target, uint8_t ret_sha256[SHA256_SIZE], struct failure *error)
{
        _cleanup_free_ char *to = memory_format("%s/%s", target, file->name);
        _cleanup_close_ int fd = joblist_open(jobs, file, error);
        struct durable_source source = { fd, file->bytes, jobs->path, file->name };

        return fd >= 0 && durable_take(to, &source, ret_sha256, error);
}

bool jobcopy_write(const struct joblist *jobs, const char *target, struct hashlist *list,
        struct failure *ret_error)
{
        uint8_t sha256[SHA256_SIZE];
        const char *before = "";

        if (!make_folder(target, "jobs", ret_error))
                return false;
        for (size_t i = 0; i < jobs->count; i++) {
                const struct joblist_file *file = &jobs->file[i];

                if (!make_folders(target, file->name, before, ret_error) ||
                        !copy_file(jobs, file, target, sha256, ret_error))
                        return false;
                list_name(list, file, sha256);
                before = file->name;
        }
        return true;
}
