#include "initramfs/stage/child.h"

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

static void become(char *const argv[], bool (*confine)(void), int output)
{
        setpgid(0, 0);
        dup2(output, STDOUT_FILENO);
        dup2(output, STDERR_FILENO);
        close(output);
        if (confine && !confine()) {
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

/* Watches for the end itself: a poll with only a time-out would notice it up to 50 ms late. */
static void watch(pid_t child, int fd, long long deadline, bool echo, struct outcome *outcome,
        struct capture *capture)
{
        int end = (int)syscall(SYS_pidfd_open, child, 0); /* -1 where Linux is older than 5.3 */
        bool open = true;
        int status = 0;

        for (;;) {
                struct pollfd wait[] = {
                        { .fd = open ? fd : -1, .events = POLLIN },
                        { .fd = end, .events = POLLIN },
                };
                int signal;

                poll(wait, 2, 50);
                if (open)
                        open = drain(fd, echo, capture);
                if (waitpid(child, &status, WNOHANG) == child)
                        break;
                signal = due_signal(&deadline, outcome);
                if (signal != 0)
                        kill(-child, signal);
        }
        if (end >= 0)
                close(end);
        kill(-child, SIGKILL); /* what it left behind must not write any more */
        drain(fd, echo, capture);
        describe(status, outcome);
}

bool child_run(char *const argv[], bool (*confine)(void), unsigned int deadline_s, bool echo,
        struct outcome *ret_outcome, struct capture *ret_capture)
{
        struct outcome outcome = { 0 };
        struct capture capture = { 0 };
        int ends[2];
        pid_t child;

        if (pipe2(ends, O_CLOEXEC) < 0)
                return false;
        fcntl(ends[0], F_SETFL, O_NONBLOCK);
        child = fork();
        if (child == 0)
                become(argv, confine, ends[1]);
        close(ends[1]);
        if (child < 0) {
                close(ends[0]);
                return false;
        }
        setpgid(child, child);
        watch(child, ends[0], clock_ms() + deadline_s * 1000ll, echo, &outcome, &capture);
        close(ends[0]);
        *ret_outcome = outcome;
        *ret_capture = capture;
        return true;
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
