#include "runner/ladder/document.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/io.h"

#define FLAGS (JSON_INDENT(2) | JSON_REAL_PRECISION(6))

/* A name in a folder lasts once the folder itself is on the disk. */
static bool sync_folder(const char *path)
{
        char copy[PATH_MAX];
        _cleanup_close_ int fd = -1;

        snprintf(copy, sizeof(copy), "%s", path);
        fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return fd >= 0 && (fsync(fd) == 0 || errno == EINVAL);
}

/* What an earlier run has left there is removed: it is nobody's file, and is not written through.
 */
static bool write_new(const char *path, const char *text)
{
        _cleanup_close_ int fd = -1;

        if (unlink(path) != 0 && errno != ENOENT)
                return false;
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
        return fd >= 0 && io_write(fd, text, strlen(text)) && io_write(fd, "\n", 1) &&
               fsync(fd) == 0;
}

bool document_write(const char *path, json_t *document, char *why)
{
        _cleanup_free_ char *text = document ? json_dumps(document, FLAGS) : NULL;
        char fresh[PATH_MAX];

        json_decref(document);
        if (!text)
                return why_not(why, "%s: out of memory", path);
        if ((size_t)snprintf(fresh, sizeof(fresh), "%s.new", path) >= sizeof(fresh))
                return why_not(why, "%s: the name is too long", path);
        if (write_new(fresh, text) && rename(fresh, path) == 0 && sync_folder(path))
                return true;
        why_not(why, "%s cannot be written: %s", path, strerror(errno));
        unlink(fresh);
        return false;
}
