#include "runner/process.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/clock.h"
#include "runner/descendants.h"

#define KILL_SECONDS 5.0 /* after this a killed process counts as stuck in the kernel */

static int signals = -1; /* signalfd */
static int stop_signal;

static void supervised_signals(sigset_t *ret_set)
{
        sigemptyset(ret_set);
        sigaddset(ret_set, SIGCHLD);
        sigaddset(ret_set, SIGTERM);
        sigaddset(ret_set, SIGINT);
        sigaddset(ret_set, SIGHUP);
}

int process_setup(void)
{
        sigset_t set;

        supervised_signals(&set);
        if (sigprocmask(SIG_BLOCK, &set, NULL) != 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
                return -errno;
        signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
        if (signals < 0)
                return -errno;
        /* Strays whose parent died become children of the supervisor, which can then end them. */
        return prctl(PR_SET_CHILD_SUBREAPER, 1) == 0 ? 0 : -errno;
}

int process_stop_signal(void)
{
        return stop_signal;
}

/* --- the child's side --- */

struct pipes {
        int report[2], order[2], output[2], error[2];
};

static void enter_child(const struct pipes *pipes, pid_t parent)
{
        sigset_t none;
        int null = open("/dev/null", O_RDONLY);

        /* If the supervisor dies, so does the child: nobody else would end it. */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent || setsid() < 0 || null < 0)
                _exit(1);
        prctl(PR_SET_CHILD_SUBREAPER, 0);
        close(signals);
        close(pipes->report[0]);
        close(pipes->order[1]);
        dup2(null, STDIN_FILENO);
        dup2(pipes->output[1], STDOUT_FILENO);
        dup2(pipes->error[1], STDERR_FILENO);
        signal(SIGPIPE, SIG_DFL);
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
}

/* --- the supervisor's side --- */

static void close_pipe(int pipe[2])
{
        for (int i = 0; i < 2; i++) {
                if (pipe[i] >= 0)
                        close(pipe[i]);
        }
}

static void close_pipes(struct pipes *pipes)
{
        close_pipe(pipes->report);
        close_pipe(pipes->order);
        close_pipe(pipes->output);
        close_pipe(pipes->error);
}

static int open_pipes(struct pipes *ret_pipes)
{
        struct pipes pipes = { { -1, -1 }, { -1, -1 }, { -1, -1 }, { -1, -1 } };

        if (pipe2(pipes.report, O_CLOEXEC) != 0 || pipe2(pipes.order, O_CLOEXEC) != 0 ||
                pipe2(pipes.output, O_CLOEXEC) != 0 || pipe2(pipes.error, O_CLOEXEC) != 0) {
                int error = -errno;

                close_pipes(&pipes);
                return error;
        }
        *ret_pipes = pipes;
        return 0;
}

/* Takes one end of a pipe for the supervisor, which must never block on it. */
static int keep_end(int pipe[2], int end)
{
        int fd = pipe[end];

        fcntl(fd, F_SETFL, O_NONBLOCK);
        pipe[end] = -1;
        return fd;
}

int process_start(struct process *process, process_main *main, void *context)
{
        pid_t parent = getpid(), pid;
        struct pipes pipes;
        int error = open_pipes(&pipes);

        if (error)
                return error;
        memset(process, 0, sizeof(*process));
        pid = fork();
        if (pid == 0) {
                enter_child(&pipes, parent);
                _exit(main(context, pipes.report[1], pipes.order[0]));
        }
        if (pid < 0) {
                error = -errno;
                close_pipes(&pipes);
                return error;
        }
        process->pid = pid;
        process->report = keep_end(pipes.report, 0);
        process->order = keep_end(pipes.order, 1);
        process->output[0].fd = keep_end(pipes.output, 0);
        process->output[1].fd = keep_end(pipes.error, 0);
        close_pipes(&pipes);
        return 0;
}

static void close_fd(int *fd)
{
        if (*fd >= 0)
                close(*fd);
        *fd = -1;
}

static void keep(struct capture *capture, const char *data, size_t length)
{
        size_t room = PROCESS_MAX_CAPTURE - capture->length;
        size_t kept = length < room ? length : room;
        char *grown = kept > 0 ? realloc(capture->data, capture->length + kept) : NULL;

        if (grown) {
                memcpy(grown + capture->length, data, kept);
                capture->data = grown;
                capture->length += kept;
        } else {
                kept = 0;
        }
        capture->dropped += length - kept;
}

/* Reads what is there, but not for ever: a child that never stops writing must not hold us. */
static void pump(struct capture *capture)
{
        char buffer[65536];

        for (int i = 0; i < 64 && capture->fd >= 0; i++) {
                ssize_t got = read(capture->fd, buffer, sizeof(buffer));

                if (got > 0)
                        keep(capture, buffer, (size_t)got);
                else if (got == 0 || (errno != EAGAIN && errno != EINTR))
                        close_fd(&capture->fd);
                else
                        return;
        }
}

static void reap(struct process *process)
{
        int status;
        pid_t pid;

        while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
                if (pid == process->pid) {
                        process->exited = true;
                        process->wait_status = status;
                }
        }
}

static void read_signals(void)
{
        struct signalfd_siginfo info;

        while (read(signals, &info, sizeof(info)) == sizeof(info)) {
                if (info.ssi_signo != SIGCHLD && stop_signal == 0)
                        stop_signal = (int)info.ssi_signo;
        }
}

/* Cuts the first whole line off the buffer; NULL when there is none. Junk is skipped. */
static json_t *take_message(struct process *process)
{
        char *end;

        while ((end = memchr(process->line, '\n', process->line_length))) {
                size_t length = (size_t)(end - process->line);
                json_t *message = json_loadb(process->line, length, 0, NULL);

                process->line_length -= length + 1;
                memmove(process->line, end + 1, process->line_length);
                if (json_is_object(message))
                        return message;
                json_decref(message);
        }
        /* A line that fills the buffer cannot be one of ours. */
        if (process->line_length == sizeof(process->line))
                process->line_length = 0;
        return NULL;
}

static json_t *read_message(struct process *process)
{
        json_t *message;

        while (!(message = take_message(process)) && process->report >= 0) {
                ssize_t got = read(process->report, process->line + process->line_length,
                        sizeof(process->line) - process->line_length);

                if (got > 0)
                        process->line_length += (size_t)got;
                else if (got == 0 || (errno != EAGAIN && errno != EINTR))
                        close_fd(&process->report);
                else
                        break;
        }
        return message;
}

static void wait_for_any(const struct process *process, double seconds)
{
        struct pollfd fds[4] = {
                { .fd = signals, .events = POLLIN },
                { .fd = process->report, .events = POLLIN },
                { .fd = process->output[0].fd, .events = POLLIN },
                { .fd = process->output[1].fd, .events = POLLIN },
        };
        double ms = ceil(seconds * 1e3);

        poll(fds, 4, ms <= 0 ? 0 : ms > 60e3 ? 60000 : (int)ms);
}

enum process_event process_next(struct process *process, double deadline, json_t **ret_message)
{
        for (;;) {
                bool exited = process->exited;
                json_t *message;
                double left;

                pump(&process->output[0]);
                pump(&process->output[1]);
                left = deadline - clock_seconds();
                message = exited || left > 0 ? read_message(process) : NULL;
                if (message) {
                        *ret_message = message;
                        return PROCESS_MESSAGE;
                }
                if (exited)
                        return PROCESS_EXITED;
                read_signals();
                reap(process);
                if (process->exited)
                        continue; /* its last messages may have come just now */
                if (stop_signal)
                        return PROCESS_STOP;
                if (left <= 0)
                        return PROCESS_LATE;
                wait_for_any(process, left);
        }
}

bool process_order(struct process *process, const void *order, size_t length)
{
        return write(process->order, order, length) == (ssize_t)length;
}

/* Until no child is left, or what is left does not even react to SIGKILL. */
static void kill_all(struct process *process)
{
        double deadline = clock_seconds() + KILL_SECONDS;
        int left;

        for (;;) {
                kill(-process->pid, SIGKILL);
                reap(process);
                left = descendants_kill();
                if (left == 0 && process->exited)
                        return;
                if (clock_seconds() > deadline)
                        break;
                wait_for_any(process, 0.02);
                pump(&process->output[0]);
                pump(&process->output[1]);
                read_signals();
        }
        process->stuck = true;
}

void process_end(struct process *process)
{
        kill_all(process);
        pump(&process->output[0]);
        pump(&process->output[1]);
        close_fd(&process->output[0].fd);
        close_fd(&process->output[1].fd);
        close_fd(&process->report);
        close_fd(&process->order);
}

void process_clear(struct process *process)
{
        free(process->output[0].data);
        free(process->output[1].data);
        process->output[0].data = process->output[1].data = NULL;
}
