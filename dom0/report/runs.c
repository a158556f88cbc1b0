#include "dom0/report/runs.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "dom0/base/json.h"
#include "dom0/base/lock.h"
#include "dom0/base/memory.h"
#include "dom0/run/folder.h"
#include "dom0/run/jsonfile.h"
#include "lib/cleanup.h"

#define LOOKS  5u /* at runs that others are changing */
#define SCHEMA "forestage-run/1"

/* The only collected run whose id starts so, as a path; owned. NULL: none, or several. */
static char *find_id(const struct host *host, const char *start, size_t *ret_count)
{
        _cleanup_closedir_ DIR *folder = opendir(host->runs);
        _cleanup_free_ char *path = NULL;
        struct dirent *entry;

        *ret_count = 0; /* an empty name begins every id, and is none */
        while (*start && folder && (entry = readdir(folder))) {
                if (*entry->d_name == '.' || strncmp(entry->d_name, start, strlen(start)) != 0)
                        continue;
                if (++*ret_count == 1)
                        path = memory_format("%s/%s", host->runs, entry->d_name);
        }
        return *ret_count == 1 ? TAKE_PTR(path) : NULL;
}

static json_t *open_folder(const char *path, const char *name, struct failure *error)
{
        json_auto_t *document = folder_document(path);
        const char *schema = get_string(document, "schema");

        if (!document && errno == EFBIG)
                fail(error, EXIT_USAGE,
                        "%s/run.json is over a limit: %zu MiB of text, %u levels in one another, "
                        "%u times the memory of its text",
                        name, JSONFILE_BYTES >> 20, JSONFILE_DEPTH, JSONFILE_TIMES);
        else if (!document)
                fail(error, EXIT_USAGE, "%s holds no run.json that can be read: %s", name,
                        strerror(errno));
        else if (!schema || strcmp(schema, SCHEMA) != 0)
                fail(error, EXIT_USAGE, "%s/run.json is of another kind than " SCHEMA, name);
        else
                return TAKE_PTR(document);
        return NULL;
}

static bool is_path(const char *name)
{
        return *name == '.' || strchr(name, '/');
}

static json_t *open_run(const struct host *host, const char *name, struct failure *ret_error)
{
        _cleanup_free_ char *path = NULL;
        size_t count;

        if (is_path(name))
                return open_folder(name, name, ret_error);
        path = find_id(host, name, &count);
        if (path)
                return open_folder(path, path, ret_error);
        if (count > 1)
                fail(ret_error, EXIT_USAGE, "%zu runs in %s start with %s: say more of the id",
                        count, host->runs, name);
        else
                fail(ret_error, EXIT_USAGE,
                        "no run in %s has the id %s (only root can look); a folder is named by a "
                        "path, such as ./%s",
                        host->runs, name, name);
        return NULL;
}

/* A run that is just being collected again is for a moment under no name, or gone while it is read.
 */
json_t *runs_open(const struct host *host, const char *name, struct failure *ret_error)
{
        struct lock_view before, after;
        json_t *document;

        for (unsigned i = 0; i < LOOKS; i++) {
                lock_look(host, &before);
                document = open_run(host, name, ret_error);
                lock_look(host, &after);
                if (document || !lock_disturbed(&before, &after))
                        return document;
                fail(ret_error, EXIT_BUSY, "%s cannot be read while %s is at work: try again", name,
                        before.busy ? before.who : after.who);
        }
        return NULL;
}
