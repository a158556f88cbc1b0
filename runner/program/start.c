#include "runner/program/start.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "jobs/executable.h"
#include "jobs/folder.h"
#include "lib/cleanup.h"
#include "lib/io.h"
#include "runner/program/mount.h"

bool start_find(const char *name, char *const environment[], char *ret_path, size_t size)
{
        const char *at = "";

        for (; *environment; environment++)
                if (strncmp(*environment, "PATH=", 5) == 0)
                        at = *environment + 5;
        while (*at) {
                int length = (int)strcspn(at, ":");
                int needed = snprintf(ret_path, size, "%.*s/%s", length, at, name);

                if (needed > 0 && (size_t)needed < size && access(ret_path, X_OK) == 0)
                        return true;
                at += length + (at[length] == ':');
        }
        return false;
}

/* The file as it is executed: links are followed. False: `ret_why` says why it is no program. */
static bool look(int fd, struct executable *ret_executable, char *ret_why)
{
        static char data[EXECUTABLE_BYTES];
        ssize_t got = fd >= 0 ? io_read(fd, data, sizeof(data)) : -1;

        if (got < 0)
                return why_not(ret_why, "it cannot be read: %s", strerror(errno));
        return executable_read(data, (size_t)got, ret_executable, ret_why);
}

static const char *role(const struct executable *executable)
{
        return executable->kind == EXECUTABLE_SCRIPT ? "interpreter" : "loader";
}

static void explain_access(int fd, const struct executable *executable, char *ret_why)
{
        const char *interpreter = executable->interpreter;
        char point[PATH_MAX];

        if (mount_forbids_execution(fd, point, sizeof(point)))
                why_not(ret_why, "it is on %.700s, which is mounted noexec", point);
        else if (*interpreter && access(interpreter, X_OK) != 0)
                why_not(ret_why, "its %s %s cannot be executed: %s", role(executable), interpreter,
                        strerror(errno));
        else
                why_not(ret_why, "%s", strerror(EACCES));
}

void start_explain(int folder, const char *file, int error, char *ret_why)
{
        _cleanup_close_ int fd = openat(folder, file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        struct executable executable;

        if (!look(fd, &executable, ret_why))
                return;
        if (error == EACCES)
                explain_access(fd, &executable, ret_why);
        else if (error == ENOENT && *executable.interpreter)
                why_not(ret_why, "its %s %s is not there", role(&executable),
                        executable.interpreter);
        else if (error == ENOEXEC && executable.doubt)
                why_not(ret_why, "%s", executable.doubt);
        else
                why_not(ret_why, "%s",
                        error == ENOENT ? "its interpreter or loader is not there"
                                        : strerror(error));
}

const char *start_doubt(int job_folder, const char *file)
{
        uint64_t size;
        _cleanup_close_ int fd = folder_open(job_folder, file, &size);
        struct executable executable;
        char why[WHY_SIZE];

        return look(fd, &executable, why) ? executable.doubt : NULL;
}

/* Its interpreter is a file of the system; one that is a script itself is not followed. */
static bool is_static_interpreter(const char *path)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        struct executable executable;
        char why[WHY_SIZE];

        return look(fd, &executable, why) && executable.kind == EXECUTABLE_STATIC;
}

bool start_without_loader(int job_folder, const char *file)
{
        uint64_t size;
        _cleanup_close_ int fd = folder_open(job_folder, file, &size);
        struct executable executable;
        char why[WHY_SIZE];

        if (!look(fd, &executable, why))
                return false;
        return executable.kind == EXECUTABLE_STATIC ||
               (executable.kind == EXECUTABLE_SCRIPT &&
                       is_static_interpreter(executable.interpreter));
}
