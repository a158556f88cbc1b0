#include "dom0/trees/trees.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/base/memory.h"
#include "dom0/trees/treeimage.h"
#include "files/beneath.h"
#include "jobs/folder.h"
#include "jobs/jobfile.h"
#include "lib/cleanup.h"
#include "lib/path.h"
#include "lib/why.h"

#define SUFFIX ".conf"

bool trees_have(const struct words *trees, const char *name)
{
        for (size_t i = 0; i < trees->count; i++) {
                size_t length = strlen(trees->word[i]);

                if (strncmp(trees->word[i], name, length) == 0 &&
                        (name[length] == '/' || name[length] == '\0'))
                        return true;
        }
        return false;
}

static bool add(struct words *trees, const char *path, const char *name, struct failure *error)
{
        char why[WHY_SIZE];

        for (size_t i = 0; i < trees->count; i++) {
                if (strcmp(trees->word[i], name) == 0)
                        return true;
                if (path_collides(trees->word[i], name))
                        return fail(error, EXIT_FAIL,
                                "the jobs in %s read both %s and %s as trees (Data=, Root=), and "
                                "one is in the other",
                                path, trees->word[i], name);
        }
        return words_add(trees, name, why) || fail(error, EXIT_FAIL, "%s: %s", path, why);
}

/* Of a file that may be large and need not be a good job. */
static bool take_job(struct words *trees, const char *path, const char *text, size_t length,
        struct failure *error)
{
        struct job job;
        bool good = true;

        jobfile_parse("job", text, length, &job);
        for (size_t i = 0; good && i < job.program.data.count; i++)
                good = add(trees, path, job.program.data.word[i], error);
        if (good && job.program.root)
                good = add(trees, path, job.program.root, error);
        job_clear(&job);
        return good;
}

/* Most jobs name none: those are not read as jobs here. */
static bool take_file(
        struct words *trees, int folder, const char *path, const char *name, struct failure *error)
{
        _cleanup_free_ char *text = NULL;
        size_t length;

        if (folder_read(folder, name, JOBFILE_MAX_BYTES, &text, &length) != 0 ||
                (!strstr(text, "Data") && !strstr(text, "Root")))
                return true;
        return take_job(trees, path, text, length, error);
}

static bool is_job(const char *name)
{
        size_t length = strlen(name), suffix = sizeof(SUFFIX) - 1;

        return name[0] != '.' && length > suffix && strcmp(name + length - suffix, SUFFIX) == 0;
}

bool trees_find(int folder, const char *path, struct words *ret_trees, struct failure *ret_error)
{
        struct words trees = { 0 };
        struct dirent **entries;
        int count = scandirat(folder, ".", &entries, NULL, alphasort);
        bool good = true;

        if (count < 0)
                return fail_errno(ret_error, EXIT_FAIL, "cannot read", path);
        for (int i = 0; i < count; i++) {
                const char *name = entries[i]->d_name;

                good = good && (!is_job(name) || take_file(&trees, folder, path, name, ret_error));
                free(entries[i]);
        }
        free(entries);
        if (good)
                *ret_trees = trees;
        else
                words_clear(&trees);
        return good;
}

bool trees_check(const struct words *trees, int folder, const char *path, struct failure *ret_error)
{
        for (size_t i = 0; i < trees->count; i++)
                if (!treeimage_can(folder, path, trees->word[i], ret_error))
                        return false;
        return true;
}
