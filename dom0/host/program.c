#include "dom0/host/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "dom0/base/buffer.h"
#include "dom0/base/memory.h"
#include "lib/cleanup.h"
#include "lib/clock.h"

#define OUTPUT_MAX      ((size_t)16 << 20)
#define PIECE           ((size_t)64 << 10)
#define ENVIRONMENT_MAX 16u

char *program_find(const struct host *host, const char *name)
{
        const char *folder = host->programs;

        while (folder && *folder) {
                size_t length = strcspn(folder, ":");
                _cleanup_free_ char *path = memory_format("%.*s/%s", (int)length, folder, name);

                if (access(path, X_OK) == 0)
                        return TAKE_PTR(path);
                folder += length;
                folder += *folder == ':';
        }
        return NULL;
}

/* A program at work. */
struct child {
        pid_t pid;
        int output;   /* to read from */
        FILE *errors; /* what it says on standard error */
        struct buffer text;
        size_t limit;
        unsigned seconds; /* that it has, */
        long long end;    /* and when they are over, as clock_ms has it */
        bool late, full;
};

static void child_free(struct child *child)
{
        buffer_free(&child->text);
        if (child->errors)
                fclose(child->errors);
}

/* Spawned, not forked: vfork's way does not copy the tables of a large process's memory. */
int program_spawn(const struct host *host, const char *path, const struct program_start *start,
        pid_t *ret_pid)
{
        _cleanup_free_ char *search = memory_format("PATH=%s", host->programs);
        char *environment[ENVIRONMENT_MAX] = { search, "HOME=/root", "LC_ALL=C" };
        posix_spawn_file_actions_t files;
        posix_spawnattr_t attributes;
        sigset_t defaults;
        size_t count = 3;
        int error;

        for (const char *const *each = start->environment; each && *each; each++)
                if (count + 1 < ENVIRONMENT_MAX)
                        environment[count++] = (char *)*each;
        posix_spawn_file_actions_init(&files);
        posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_adddup2(&files, start->output, 1);
        posix_spawn_file_actions_adddup2(&files, start->errors, 2);
        posix_spawnattr_init(&attributes);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
        sigemptyset(&defaults);
        sigaddset(&defaults, SIGPIPE); /* that we ignore it is our own affair */
        posix_spawnattr_setsigdefault(&attributes, &defaults);
        posix_spawnattr_setpgroup(&attributes, 0);
        error = posix_spawn(
                ret_pid, path, &files, &attributes, (char *const *)start->argv, environment);
        posix_spawnattr_destroy(&attributes);
        posix_spawn_file_actions_destroy(&files);
        return error;
}

static bool start(
        const struct host *host, const char *path, const char *const argv[], struct child *child)
{
        int pipes[2], error;

        child->errors = tmpfile();
        if (!child->errors || pipe2(pipes, O_CLOEXEC) != 0)
                return false;
        error = program_spawn(host, path,
                &(const struct program_start){
                        .argv = argv, .output = pipes[1], .errors = fileno(child->errors) },
                &child->pid);
        close(pipes[1]);
        if (error != 0)
                close(pipes[0]);
        else
                child->output = pipes[0];
        errno = error;
        return error == 0;
}

/* Takes what is there; false at the end of the output. */
static bool take(struct child *child)
{
        /* One byte more than may be there: the limit has been passed when it is taken. */
        size_t left = child->limit + 1 - child->text.length;
        size_t size = left < PIECE ? left : PIECE;
        ssize_t got = read(child->output, buffer_room(&child->text, size), size);

        if (got < 0)
                return errno == EINTR;
        child->text.length += (size_t)got;
        child->full = child->text.length > child->limit;
        return got > 0 && !child->full;
}

static void follow(struct child *child)
{
        struct pollfd poller = { child->output, POLLIN, 0 };

        do {
                long long left = child->end - clock_ms();

                child->late = left <= 0;
                if (child->late)
                        break;
                poll(&poller, 1, (int)left);
        } while (poller.revents == 0 || take(child));
}

/* A program may close its output and go on: it has no more time for that. */
static bool has_ended(struct child *child, int *status)
{
        const struct timespec moment = { .tv_nsec = 2000000 };
        pid_t pid;

        while ((pid = waitpid(child->pid, status, WNOHANG)) == 0 && clock_ms() < child->end)
                nanosleep(&moment, NULL);
        return pid != 0;
}

/* Its exit code, or -1 when it did not end by itself. */
static int finish(struct child *child)
{
        int status = 0;

        child->late = child->late || (!child->full && !has_ended(child, &status));
        if (child->late || child->full) {
                kill(-child->pid, SIGKILL);
                while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
                        ;
        }
        close(child->output);
        return WIFEXITED(status) && !child->late && !child->full ? WEXITSTATUS(status) : -1;
}

static void last_error_line(FILE *errors, char *line, size_t size)
{
        char read_line[512];

        *line = '\0';
        rewind(errors);
        while (fgets(read_line, sizeof(read_line), errors)) {
                size_t length = strcspn(read_line, "\n");

                if (length > 0)
                        snprintf(line, size, "%.*s", (int)length, read_line);
        }
}

static bool judge(struct child *child, const char *name, int code, struct failure *error)
{
        char line[200];

        last_error_line(child->errors, line, sizeof(line));
        if (child->late)
                return fail(error, EXIT_FAIL, "%s did not end within %u s and was killed", name,
                        child->seconds);
        if (child->full)
                return fail(error, EXIT_FAIL, "%s printed more than %zu bytes", name, child->limit);
        if (code != 0)
                return fail(error, EXIT_FAIL, "%s failed (%d)%s%s", name, code, *line ? ": " : "",
                        line);
        return true;
}

bool program_run_for(const struct host *host, unsigned seconds, const char *const argv[],
        size_t limit, char **ret_output, size_t *ret_length, struct failure *ret_error)
{
        _cleanup_free_ char *path = program_find(host, argv[0]);
        _cleanup_(child_free) struct child child = {
                .limit = limit, .seconds = seconds, .output = -1
        };

        if (!path)
                return fail(ret_error, EXIT_FAIL, "%s is not installed here", argv[0]);
        if (!start(host, path, argv, &child))
                return fail_errno(ret_error, EXIT_FAIL, "cannot start", path);
        child.end = clock_ms() + seconds * 1000ll;
        follow(&child);
        if (!judge(&child, argv[0], finish(&child), ret_error))
                return false;
        *buffer_room(&child.text, 0) = '\0';
        *ret_length = child.text.length;
        *ret_output = TAKE_PTR(child.text.data);
        return true;
}

bool program_run(const struct host *host, const char *const argv[], size_t limit, char **ret_output,
        size_t *ret_length, struct failure *ret_error)
{
        return program_run_for(
                host, PROGRAM_SECONDS, argv, limit, ret_output, ret_length, ret_error);
}

bool program_do(const struct host *host, const char *const argv[], struct failure *ret_error)
{
        _cleanup_free_ char *output = NULL;
        size_t length;

        return program_run(host, argv, OUTPUT_MAX, &output, &length, ret_error);
}
