#include "dom0/report/runs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dom0/base/json.h"
#include "dom0/base/lock.h"
#include "dom0/base/memory.h"
#include "dom0/run/document.h"
#include "dom0/run/folder.h"
#include "dom0/run/jsonfile.h"
#include "dom0/run/summary.h"
#include "files/beneath.h"
#include "lib/cleanup.h"
#include "lib/io.h"
#include "lib/sha256.h"

#define LOOKS 5u /* at runs that others are changing */

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

static json_t *open_folder(const char *path, const char *name, char ret_hash[2 * SHA256_SIZE + 1],
        struct failure *error)
{
        json_auto_t *document = folder_document_hashed(path, ret_hash);
        const char *schema = get_string(document, "schema");

        if (!document && errno == EFBIG)
                fail(error, EXIT_USAGE,
                        "%s/run.json is over a limit: %zu MiB of text, %u levels in one another, "
                        "%u times the memory of its text",
                        name, JSONFILE_BYTES >> 20, JSONFILE_DEPTH, JSONFILE_TIMES);
        else if (!document && errno == ENOTDIR)
                fail(error, EXIT_USAGE,
                        "%s is a file, and a run is a folder; of a region's file it is made by: "
                        "forestage collect --region FILE --out DIR",
                        name);
        else if (!document)
                fail(error, EXIT_USAGE, "%s holds no run.json that can be read: %s", name,
                        strerror(errno));
        else if (!schema || strcmp(schema, DOCUMENT_SCHEMA) != 0)
                fail(error, EXIT_USAGE, "%s/run.json is of another kind than " DOCUMENT_SCHEMA,
                        name);
        else if (summary_contradiction(document))
                fail(error, EXIT_USAGE, "%s/run.json contradicts itself: it says pass, and %s",
                        name, summary_contradiction(document));
        else
                return TAKE_PTR(document);
        return NULL;
}

static bool is_path(const char *name)
{
        return *name == '.' || strchr(name, '/');
}

static bool open_run(
        const struct host *host, const char *name, struct runs_run *run, struct failure *ret_error)
{
        _cleanup_free_ char *path = NULL;
        size_t count = 0;

        path = is_path(name) ? memory_copy(name) : find_id(host, name, &count);
        if (path) {
                run->document = open_folder(path, path, run->sha256, ret_error);
                run->path = run->document ? TAKE_PTR(path) : NULL;
                return run->document != NULL;
        }
        if (count > 1)
                return fail(ret_error, EXIT_USAGE,
                        "%zu runs in %s start with %s: say more of the id", count, host->runs,
                        name);
        return fail(ret_error, EXIT_USAGE,
                "no run in %s has the id %s (only root can look); a folder is named by a path, "
                "such as ./%s",
                host->runs, name, name);
}

/* A run that is just being collected again is for a moment under no name, or gone while it is read.
 */
bool runs_find(const struct host *host, const char *name, struct runs_run *ret_run,
        struct failure *ret_error)
{
        struct lock_view before, after;

        *ret_run = (struct runs_run){ 0 };
        for (unsigned i = 0; i < LOOKS; i++) {
                bool found;

                lock_look(host, &before);
                found = open_run(host, name, ret_run, ret_error);
                lock_look(host, &after);
                if (found || !lock_disturbed(&before, &after))
                        return found;
                fail(ret_error, EXIT_BUSY, "%s cannot be read while %s is at work: try again", name,
                        before.busy ? before.who : after.who);
        }
        return false;
}

void runs_free(struct runs_run *run)
{
        json_decref(run->document);
        free(run->path);
        *run = (struct runs_run){ 0 };
}

/* --- the bytes of outputs --- */

#define SIDES       2
#define CHUNK_BYTES (64u << 10) /* of each; a whole number of elements of every type */

struct side {
        int fd;
        struct sha256 hash;
        uint8_t *bytes;
};

/* False: why not; errno of an output that is there. */
static bool open_side(
        struct side *side, int folder, const struct outputs_pair *pair, char letter, char *why)
{
        struct stat status;

        sha256_init(&side->hash);
        side->fd = folder >= 0 ? beneath_open(folder, pair->path, O_RDONLY) : -1;
        if (side->fd < 0)
                return why_not(why, "%c's %s cannot be read: %s", letter, pair->path,
                        strerror(folder >= 0 ? errno : ENOENT));
        if (fstat(side->fd, &status) != 0 || !S_ISREG(status.st_mode) ||
                (uint64_t)status.st_size != pair->bytes)
                return why_not(why, "%c's %s is not as long as run.json says", letter, pair->path);
        return true;
}

/* Adds all that both have; false when one ends early. */
static bool add_all(struct side sides[SIDES], uint64_t bytes, struct closeness *closeness)
{
        while (bytes > 0) {
                size_t length = bytes < CHUNK_BYTES ? (size_t)bytes : CHUNK_BYTES;

                for (size_t i = 0; i < SIDES; i++) {
                        if (io_read_all(sides[i].fd, sides[i].bytes, length) != 0)
                                return false;
                        sha256_update(&sides[i].hash, sides[i].bytes, length);
                }
                closeness_add(closeness, sides[0].bytes, sides[1].bytes,
                        length / element_bytes(closeness->type));
                bytes -= length;
        }
        return true;
}

static bool is_hash(const struct side *side, const char *expected)
{
        struct sha256 hash = side->hash;
        uint8_t digest[SHA256_SIZE];
        char found[2 * SHA256_SIZE + 1];

        sha256_final(&hash, digest);
        sha256_format(digest, found);
        return strcmp(found, expected) == 0;
}

static bool look_at(struct side sides[SIDES], const struct outputs_reader *reader,
        const struct outputs_pair *pair, struct closeness *closeness, char *why)
{
        for (size_t i = 0; i < SIDES; i++)
                if (!open_side(&sides[i], reader->folder[i], pair, (char)('A' + i), why))
                        return false;
        if (!add_all(sides, pair->bytes, closeness))
                return why_not(why, "%s cannot be read to its end", pair->path);
        for (size_t i = 0; i < SIDES; i++)
                if (!is_hash(&sides[i], pair->sha256[i]))
                        return why_not(why, "%c's %s has another SHA-256 than run.json says",
                                (int)('A' + i), pair->path);
        return true;
}

static bool look(const struct outputs_reader *reader, const struct outputs_pair *pair,
        struct closeness *closeness, char *why)
{
        _cleanup_free_ uint8_t *bytes = memory_get((size_t)SIDES * CHUNK_BYTES);
        struct side sides[SIDES] = { { .fd = -1, .bytes = bytes },
                { .fd = -1, .bytes = bytes + CHUNK_BYTES } };
        bool good = look_at(sides, reader, pair, closeness, why);

        for (size_t i = 0; i < SIDES; i++)
                if (sides[i].fd >= 0)
                        close(sides[i].fd);
        return good;
}

struct outputs_reader runs_reader_open(const struct runs_run *a, const struct runs_run *b)
{
        return (struct outputs_reader){
                .look = look,
                .folder = { open(a->path, O_PATH | O_DIRECTORY | O_CLOEXEC),
                        open(b->path, O_PATH | O_DIRECTORY | O_CLOEXEC) },
        };
}

void runs_reader_close(struct outputs_reader *reader)
{
        for (size_t i = 0; i < SIDES; i++)
                if (reader->folder[i] >= 0)
                        close(reader->folder[i]);
}
