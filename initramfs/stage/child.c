#include "initramfs/stage/child.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/clock.h"
#include "lib/io.h"

#define GRACE_MS 5000

char *const child_environment[] = {
        "PATH=/bin:/sbin",
        "HOME=/",
        "TERM=linux",
        "LD_LIBRARY_PATH=/usr/lib/forestage", /* where the image has libcuda */
        NULL,
};

static void keep(struct capture *capture, const char *text, size_t length)
{
        size_t room = CAPTURE_LIMIT - capture->length;
        size_t taken = length < room ? length : room;

        if (!capture->text)
                capture->text = malloc(CAPTURE_LIMIT);
        if (!capture->text)
                taken = 0;
        else
                memcpy(capture->text + capture->length, text, taken);
        capture->length += taken;
        capture->lost += length - taken;
}

/* Takes what lies in the pipe; false at its end. */
static bool drain(int fd, bool echo, struct capture *capture)
{
        char buffer[4096];
        ssize_t got;

        while ((got = read(fd, buffer, sizeof(buffer))) > 0) {
                keep(capture, buffer, (size_t)got);
                if (echo)
                        io_write(STDOUT_FILENO, buffer, (size_t)got);
        }
        return got < 0 && (errno == EAGAIN || errno == EINTR);
}

/* How a child is run. */
struct way {
        bool (*confine)(void);
        unsigned int deadline_s;
        bool echo;
        bool daemon;
};

static void become(char *const argv[], const struct way *way, int output)
{
        setpgid(0, 0);
        if (way->daemon)
                signal(SIGPIPE,
                        SIG_IGN); /* nobody reads what it says once it is in the background */
        dup2(output, STDOUT_FILENO);
        dup2(output, STDERR_FILENO);
        close(output);
        if (way->confine && !way->confine()) {
                dprintf(STDERR_FILENO, "forestage: %s: it cannot be confined: %s\n", argv[0],
                        strerror(errno));
                _exit(CHILD_UNCONFINED);
        }
        execve(argv[0], argv, child_environment);
        dprintf(STDERR_FILENO, "forestage: %s: %s\n", argv[0], strerror(errno));
        _exit(CHILD_NOT_STARTED);
}

static void describe(int status, struct outcome *outcome)
{
        outcome->exited = WIFEXITED(status);
        outcome->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
        outcome->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/* The signal that is due at this time, or 0. The deadline passes twice: TERM, then KILL. */
static int due_signal(long long *deadline, struct outcome *outcome)
{
        int signal = outcome->deadline ? SIGKILL : SIGTERM;

        if (clock_ms() < *deadline)
                return 0;
        outcome->deadline = true;
        *deadline += GRACE_MS;
        return signal;
}

/* A daemon that SIGKILL did not end after two graces is inside the kernel: others need not wait. */
#define GIVE_UP 4u

/*
 * Watches for the end itself: a poll with only a time-out would notice it up to 50 ms late. False
 * when it was given up.
 */
static bool wait_for_end(pid_t child, int fd, const struct way *way, struct outcome *outcome,
        struct capture *capture)
{
        int end = (int)syscall(SYS_pidfd_open, child, 0); /* -1 where Linux is older than 5.3 */
        long long deadline = clock_ms() + way->deadline_s * 1000ll;
        unsigned int signals = 0;
        bool open = true, given_up = false;
        int status = 0;

        while (!given_up) {
                struct pollfd wait[] = {
                        { .fd = open ? fd : -1, .events = POLLIN },
                        { .fd = end, .events = POLLIN },
                };
                int signal;

                poll(wait, 2, 50);
                if (open)
                        open = drain(fd, way->echo, capture);
                if (waitpid(child, &status, WNOHANG) == child)
                        break;
                signal = due_signal(&deadline, outcome);
                if (signal != 0)
                        kill(-child, signal);
                given_up = way->daemon && signal != 0 && ++signals == GIVE_UP;
        }
        if (end >= 0)
                close(end);
        describe(status, outcome);
        return !given_up;
}

/* What is left behind by any but a daemon that is ready must not write any more. */
static bool watch(pid_t child, int fd, const struct way *way, struct outcome *outcome,
        struct capture *capture)
{
        bool ended = wait_for_end(child, fd, way, outcome, capture);

        if (!way->daemon || !outcome->exited || outcome->exit_code != 0)
                kill(-child, SIGKILL);
        drain(fd, way->echo, capture);
        return ended;
}

static bool run(char *const argv[], const struct way *way, struct outcome *ret_outcome,
        struct capture *ret_capture)
{
        struct outcome outcome = { 0 };
        struct capture capture = { 0 };
        bool ended;
        int ends[2];
        pid_t child;

        if (pipe2(ends, O_CLOEXEC) < 0)
                return false;
        fcntl(ends[0], F_SETFL, O_NONBLOCK);
        child = fork();
        if (child == 0)
                become(argv, way, ends[1]);
        close(ends[1]);
        if (child < 0) {
                close(ends[0]);
                return false;
        }
        setpgid(child, child);
        ended = watch(child, ends[0], way, &outcome, &capture);
        close(ends[0]);
        if (!ended) {
                free(capture.text);
                errno = ETIMEDOUT;
                return false;
        }
        *ret_outcome = outcome;
        *ret_capture = capture;
        return true;
}

bool child_run(char *const argv[], bool (*confine)(void), unsigned int deadline_s, bool echo,
        struct outcome *ret_outcome, struct capture *ret_capture)
{
        const struct way way = { .confine = confine, .deadline_s = deadline_s, .echo = echo };

        return run(argv, &way, ret_outcome, ret_capture);
}

bool child_start_daemon(char *const argv[], unsigned int deadline_s, struct outcome *ret_outcome,
        struct capture *ret_capture)
{
        const struct way way = { .deadline_s = deadline_s, .daemon = true };

        return run(argv, &way, ret_outcome, ret_capture);
}

static bool runs(const char *pid, const char *path)
{
        char link[64], target[256];
        ssize_t length;

        snprintf(link, sizeof(link), "/proc/%.16s/exe", pid);
        length = readlink(link, target, sizeof(target));
        return length == (ssize_t)strlen(path) && memcmp(target, path, (size_t)length) == 0;
}

/* Sends a signal (0: none) to all that run the program; how many there are. One that has ended has
 * no program any more, whether somebody has waited for it or not.
 */
static size_t signal_program(const char *path, int signal)
{
        _cleanup_closedir_ DIR *folder = opendir("/proc");
        struct dirent *entry;
        size_t count = 0;

        while (folder && (entry = readdir(folder))) {
                if (entry->d_name[0] < '1' || entry->d_name[0] > '9' || !runs(entry->d_name, path))
                        continue;
                count++;
                if (signal != 0)
                        kill((pid_t)strtol(entry->d_name, NULL, 10), signal);
        }
        return count;
}

bool child_runs_program(const char *path)
{
        return signal_program(path, 0) > 0;
}

bool child_end_program(const char *path, size_t *ret_count)
{
        static const int signals[] = { SIGTERM, SIGKILL };
        size_t count = signal_program(path, 0);

        *ret_count = count;
        for (size_t i = 0; count > 0 && i < sizeof(signals) / sizeof(signals[0]); i++) {
                long long until = clock_ms() + GRACE_MS;

                count = signal_program(path, signals[i]);
                while (count > 0 && clock_ms() < until) {
                        usleep(10000);
                        count = signal_program(path, 0);
                }
        }
        return count == 0;
}

void child_sweep(void)
{
        /* A process in the middle of an uninterruptible call dies late: give it a second. */
        for (int tries = 0; tries < 100; tries++) {
                kill(-1, SIGKILL);
                while (waitpid(-1, NULL, WNOHANG) > 0)
                        ;
                if (waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD)
                        return;
                usleep(10000);
        }
}
