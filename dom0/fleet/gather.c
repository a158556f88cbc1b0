#include "dom0/fleet/gather.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "dom0/run/document.h"
#include "dom0/run/jsonfile.h"
#include "files/beneath.h"
#include "lib/cleanup.h"

struct walk {
        struct fleet *fleet;
        size_t found;
        time_t said;
        bool talks; /* to a person */
};

static void say_progress(struct walk *walk)
{
        time_t now = time(NULL);

        if (!walk->talks || now == walk->said)
                return;
        walk->said = now;
        fprintf(stderr, "\r%zu runs read", walk->found);
}

/* Why a run.json is none; NULL: it is one. */
static const char *problem_of(const json_t *document, int reason)
{
        const char *schema = get_string(document, "schema");

        if (!document && reason == EFBIG)
                return "run.json is over a limit";
        if (!document && reason == EINVAL)
                return "run.json is cut or damaged, or no file";
        if (!document)
                return strerror(reason);
        return schema && strcmp(schema, DOCUMENT_SCHEMA) == 0
                       ? NULL
                       : "run.json is of another kind than " DOCUMENT_SCHEMA;
}

static void take_run(struct walk *walk, const char *path, int fd)
{
        json_auto_t *document = jsonfile_load(fd);
        const char *problem = problem_of(document, errno);

        walk->found++;
        if (problem)
                fleet_skip(walk->fleet, path, problem);
        else
                fleet_add(walk->fleet, path, document);
        say_progress(walk);
}

static void walk_folder(struct walk *walk, const char *path, int folder, unsigned depth);

static void walk_entry(
        struct walk *walk, const char *path, int folder, const char *name, unsigned depth)
{
        _cleanup_free_ char *below = memory_format("%s/%s", path, name);
        _cleanup_close_ int child = beneath_folder(folder, name);

        if (child >= 0 && depth == GATHER_DEPTH)
                fleet_skip(walk->fleet, below, "too many folders in one another");
        else if (child >= 0)
                walk_folder(walk, below, child, depth + 1);
        else if (errno != ENOTDIR && errno != ELOOP)
                fleet_skip(walk->fleet, below, strerror(errno));
}

static void walk_folder(struct walk *walk, const char *path, int folder, unsigned depth)
{
        _cleanup_close_ int run = beneath_open(folder, "run.json", O_RDONLY);
        _cleanup_closedir_ DIR *list = NULL;
        struct dirent *entry;

        if (run >= 0 || errno != ENOENT) {
                if (run >= 0)
                        take_run(walk, path, run);
                else
                        fleet_skip(walk->fleet, path, strerror(errno));
                return;
        }
        list = beneath_list(folder);
        while (list && (entry = readdir(list)))
                if (!beneath_is_dot(entry) && entry->d_type != DT_REG)
                        walk_entry(walk, path, folder, entry->d_name, depth);
}

bool gather(const char *path, struct fleet *ret_fleet, struct failure *ret_error)
{
        _cleanup_close_ int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        struct walk walk = { .fleet = ret_fleet };

        *ret_fleet = (struct fleet){ 0 };
        if (folder < 0)
                return fail_errno(ret_error, EXIT_USAGE, "cannot read", path);
        walk.talks = isatty(STDERR_FILENO) == 1;
        walk_folder(&walk, path, folder, 0);
        if (walk.said)
                fprintf(stderr, "\r%zu runs read\n", walk.found);
        if (walk.found == 0) {
                fleet_free(ret_fleet);
                return fail(ret_error, EXIT_USAGE,
                        "there is no run.json in %s or below it: it has to hold run folders, as "
                        "collect --out writes them, such as %s/HOST/RUN/run.json",
                        path, path);
        }
        fleet_settle(ret_fleet);
        return true;
}
