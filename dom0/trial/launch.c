#include "dom0/trial/launch.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
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

#define ENVIRONMENT_MAX 16u

unsigned launch_grace_s = 20;
int (*launch_kill)(pid_t pid, int signal) = kill;

static void pause_a_moment(void)
{
        nanosleep(&(const struct timespec){ .tv_nsec = 20000000 }, NULL);
}

/* --- starting --- */

static int spawn(
        const char *path, const struct launch *launch, char *const environment[], pid_t *ret_pid)
{
        posix_spawn_file_actions_t files;
        posix_spawnattr_t attributes;
        sigset_t defaults;
        int error;

        posix_spawn_file_actions_init(&files);
        posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_addopen(
                &files, 1, launch->output, O_WRONLY | O_CREAT | O_APPEND, 0600);
        posix_spawn_file_actions_addopen(
                &files, 2, launch->errors, O_WRONLY | O_CREAT | O_APPEND, 0600);
        posix_spawnattr_init(&attributes);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
        sigemptyset(&defaults);
        sigaddset(&defaults, SIGPIPE); /* that we ignore it is our own affair */
        posix_spawnattr_setsigdefault(&attributes, &defaults);
        posix_spawnattr_setpgroup(&attributes, 0);
        error = posix_spawn(
                ret_pid, path, &files, &attributes, (char *const *)launch->argv, environment);
        posix_spawnattr_destroy(&attributes);
        posix_spawn_file_actions_destroy(&files);
        return error;
}

static int start(
        const struct host *host, const char *path, const struct launch *launch, pid_t *ret_pid)
{
        _cleanup_free_ char *search = memory_format("PATH=%s", host->programs);
        char *environment[ENVIRONMENT_MAX] = { search, "HOME=/root", "LC_ALL=C" };
        size_t count = 3;

        for (const char *const *each = launch->environment; *each; each++)
                if (count + 1 < ENVIRONMENT_MAX)
                        environment[count++] = (char *)*each;
        return spawn(path, launch, environment, ret_pid);
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
        int status = 0, error;
        pid_t pid;

        if (!path)
                return fail(ret_error, EXIT_FAIL, "%s is not installed here", launch->argv[0]);
        /* Whatever it leaves behind becomes a child of ours, and is found. */
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
        error = start(host, path, launch, &pid);
        if (error != 0) {
                errno = error;
                return fail_errno(ret_error, EXIT_FAIL, "cannot start", path);
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
