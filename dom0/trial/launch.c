#include "dom0/trial/launch.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "dom0/base/memory.h"
#include "dom0/host/program.h"
#include "lib/cleanup.h"
#include "lib/clock.h"

unsigned launch_grace_s = 20;
int (*launch_kill)(pid_t pid, int signal) = kill;

static void pause_a_moment(void)
{
        nanosleep(&(const struct timespec){ .tv_nsec = 20000000 }, NULL);
}

/* --- starting --- */

static int append_to(const char *path)
{
        return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* Returns 0, or an error number, and `ret_file`: what it is about. */
static int start(const struct host *host, const char *path, const struct launch *launch,
        pid_t *ret_pid, const char **ret_file)
{
        _cleanup_close_ int output = append_to(launch->output);
        _cleanup_close_ int errors = -1;

        *ret_file = launch->output;
        if (output < 0)
                return errno;
        *ret_file = launch->errors;
        errors = append_to(launch->errors);
        if (errors < 0)
                return errno;
        *ret_file = path;
        return program_spawn(host, path,
                &(const struct program_start){ launch->argv, launch->environment, output, errors },
                ret_pid);
}

/* --- ending --- */

/* The state of a child of ours, or 0: it is none. Its name, in brackets, may hold anything. */
static char child_state(const char *pid)
{
        _cleanup_free_ char *path = memory_format("/proc/%s/stat", pid);
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        char text[512], state;
        ssize_t length = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
        const char *behind;
        int parent;

        text[length > 0 ? length : 0] = '\0';
        behind = strrchr(text, ')');
        if (!behind || sscanf(behind + 1, " %c %d", &state, &parent) != 2)
                return 0;
        return parent == getpid() ? state : 0;
}

/*
 * Kills what was left to us. False: nothing was. What a process leaves that is gone now is ours at
 * the next look. `ret_state`: of one that is still there; 0: none.
 */
static bool sweep(char *ret_state)
{
        _cleanup_closedir_ DIR *folder = opendir("/proc");
        struct dirent *entry;
        bool any = false;
        char state;

        *ret_state = 0;
        while (folder && (entry = readdir(folder))) {
                if (!isdigit((unsigned char)*entry->d_name) ||
                        !(state = child_state(entry->d_name)))
                        continue;
                any = true;
                launch_kill((pid_t)atoi(entry->d_name), SIGKILL);
                if (waitpid((pid_t)atoi(entry->d_name), NULL, WNOHANG) == 0)
                        *ret_state = state;
        }
        return any;
}

/* False: it has not ended in that time. */
static bool wait_for(pid_t pid, unsigned seconds, int *status)
{
        long long end = clock_ms() + seconds * 1000ll;
        pid_t ended;

        while ((ended = waitpid(pid, status, WNOHANG)) == 0 && clock_ms() < end)
                pause_a_moment();
        return ended == pid;
}

/* It is asked first, so that it can complete its records. */
static bool make_end(pid_t pid, int *status)
{
        launch_kill(-pid, SIGTERM);
        if (wait_for(pid, launch_grace_s, status))
                return true;
        launch_kill(-pid, SIGKILL);
        return wait_for(pid, launch_grace_s, status);
}

static void clear_away(pid_t pid, struct launch_end *end)
{
        long long limit = clock_ms() + launch_grace_s * 1000ll;

        launch_kill(-pid, SIGKILL);
        while (sweep(&end->state) && clock_ms() < limit)
                pause_a_moment();
        end->stuck = end->state != 0;
}

bool launch_run(const struct host *host, const struct launch *launch, struct launch_end *ret_end,
        struct failure *ret_error)
{
        _cleanup_free_ char *path = program_find(host, launch->argv[0]);
        struct launch_end end = { .code = -1 };
        const char *file = NULL;
        int status = 0, error;
        pid_t pid;

        if (!path)
                return fail(ret_error, EXIT_FAIL, "%s is not installed here", launch->argv[0]);
        /* Whatever it leaves behind becomes a child of ours, and is found. */
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
        error = start(host, path, launch, &pid, &file);
        if (error != 0) {
                errno = error;
                return fail_errno(
                        ret_error, EXIT_FAIL, file == path ? "cannot start" : "cannot open", file);
        }
        end.late = !wait_for(pid, launch->seconds, &status);
        if (!end.late || make_end(pid, &status)) {
                end.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
                end.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
        }
        clear_away(pid, &end);
        if (end.late)
                end.code = -1;
        prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
        *ret_end = end;
        return true;
}
