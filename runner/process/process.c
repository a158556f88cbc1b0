#include "runner/process/process.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/clock.h"
#include "runner/process/descendants.h"
#include "runner/process/signals.h"

#define KILL_SECONDS 5.0  /* after this a killed process counts as stuck in the kernel */
#define KILL_PAUSE   0.02 /* between two looks at what is left of one */
#define MAX_STUCK    64

static int signals = -1; /* signalfd */
static int stop_signal;
static bool resized;                 /* the terminal */
static struct sigaction broken_pipe; /* what SIGPIPE did at the start */
static struct process *all;          /* that are not gone */
static pid_t stuck_pids[MAX_STUCK]; /* children that nothing can end; nobody waits for them again */
static size_t stuck_count;

int process_setup(void)
{
        const struct sigaction ignore = { .sa_handler = SIG_IGN };
        sigset_t set;

        signals_that_stop(&set);
        sigaddset(&set, SIGCHLD);
        sigaddset(&set, SIGWINCH);
        /* SIGCHLD: ignored at the start, it would have the kernel forget how children end. */
        if (sigprocmask(SIG_BLOCK, &set, NULL) != 0 || signal(SIGCHLD, SIG_DFL) == SIG_ERR ||
                sigaction(SIGPIPE, &ignore, &broken_pipe) != 0)
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

bool process_take_resize(void)
{
        bool taken = resized;

        resized = false;
        return taken;
}

/* --- the child's side --- */

/* Between the supervisor and a child: each is read at [0] and written at [1]. */
enum { REPORT, ORDER, OUTPUT, ERRORS, PIPES };

/* The ends that the supervisor holds of others' pipes are none of this child's business. */
static void close_others(void)
{
        for (struct process *other = all; other; other = other->next) {
                int fds[] = { other->report, other->order, other->output[0].fd,
                        other->output[1].fd };

                for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
                        if (fds[i] >= 0)
                                close(fds[i]);
                }
        }
}

static int hidden[2] = { -1, -1 }; /* the store's disk, and its inputs */

void process_hide(int fd)
{
        hidden[hidden[0] >= 0] = fd;
}

static void enter_child(int pipes[PIPES][2], pid_t parent)
{
        sigset_t none;
        int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

        /* If the supervisor dies, so does the child: nobody else would end it. */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent || setsid() < 0 || null < 0)
                _exit(1);
        prctl(PR_SET_CHILD_SUBREAPER, 1);
        close_others();
        for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
                if (hidden[i] >= 0)
                        close(hidden[i]);
        close(signals);
        close(pipes[REPORT][0]);
        close(pipes[ORDER][1]);
        dup2(null, STDIN_FILENO);
        dup2(pipes[OUTPUT][1], STDOUT_FILENO);
        dup2(pipes[ERRORS][1], STDERR_FILENO);
        sigaction(SIGPIPE, &broken_pipe, NULL);
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
}

/* --- the supervisor's side --- */

static void close_pipes(int pipes[PIPES][2])
{
        for (int i = 0; i < 2 * PIPES; i++) {
                if (pipes[i / 2][i % 2] >= 0)
                        close(pipes[i / 2][i % 2]);
        }
}

static int open_pipes(int ret_pipes[PIPES][2])
{
        memset(ret_pipes, -1, sizeof(int[PIPES][2]));
        for (int i = 0; i < PIPES; i++) {
                if (pipe2(ret_pipes[i], O_CLOEXEC) != 0) {
                        int error = -errno;

                        close_pipes(ret_pipes);
                        return error;
                }
        }
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

/* One that has not started; NULL: no memory. */
static struct process *new_process(void)
{
        struct process *process = calloc(1, sizeof(*process));
        void *board = mmap(NULL, REPORT_BOARD_BYTES, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

        if (process && board != MAP_FAILED) {
                process->board = board;
                return process;
        }
        if (board != MAP_FAILED)
                munmap(board, REPORT_BOARD_BYTES);
        free(process);
        return NULL;
}

/* Of one that is gone, or has not started. */
static void free_process(struct process *process)
{
        process_forget_output(process);
        json_decref(process->aside);
        munmap(process->board, REPORT_BOARD_BYTES);
        free(process);
}

static void cleanup_process(struct process **process)
{
        if (*process)
                free_process(*process);
}

int process_start(
        process_main *main, void *context, size_t keep_bytes, struct process **ret_process)
{
        _cleanup_(cleanup_process) struct process *process = new_process();
        pid_t parent = getpid();
        int pipes[PIPES][2];
        int error = process ? open_pipes(pipes) : -ENOMEM;

        if (error)
                return error;
        process->pid = fork();
        if (process->pid == 0) {
                enter_child(pipes, parent);
                report_have_board(process->board);
                _exit(main(context, pipes[REPORT][1], pipes[ORDER][0]));
        }
        if (process->pid < 0) {
                error = -errno;
                close_pipes(pipes);
                return error;
        }
        process->keep_bytes = keep_bytes;
        process->next = all;
        all = process;
        process->report = keep_end(pipes[REPORT], 0);
        process->order = keep_end(pipes[ORDER], 1);
        process->output[0].fd = keep_end(pipes[OUTPUT], 0);
        process->output[1].fd = keep_end(pipes[ERRORS], 0);
        close_pipes(pipes);
        *ret_process = TAKE_PTR(process);
        return 0;
}

static void close_fd(int *fd)
{
        if (*fd >= 0)
                close(*fd);
        *fd = -1;
}

static void keep(struct capture *capture, size_t limit, const char *data, size_t length)
{
        size_t room = limit - capture->length;
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
static void pump(struct capture *capture, size_t limit)
{
        char buffer[65536];

        for (int i = 0; i < 64 && capture->fd >= 0; i++) {
                ssize_t got = read(capture->fd, buffer, sizeof(buffer));

                if (got > 0)
                        keep(capture, limit, buffer, (size_t)got);
                else if (got == 0 || (errno != EAGAIN && errno != EINTR))
                        close_fd(&capture->fd);
                else
                        return;
        }
}

static void pump_both(struct process *process)
{
        pump(&process->output[0], process->keep_bytes);
        pump(&process->output[1], process->keep_bytes);
}

static struct process *process_of(pid_t pid)
{
        struct process *process = all;

        while (process && process->pid != pid)
                process = process->next;
        return process;
}

static void reap(void)
{
        struct process *process;
        int status;
        pid_t pid;

        while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
                process = process_of(pid);
                if (!process || process->exited)
                        continue;
                process->exited = true;
                process->wait_status = status;
        }
}

static void read_signals(void)
{
        struct signalfd_siginfo info;

        while (read(signals, &info, sizeof(info)) == sizeof(info)) {
                if (info.ssi_signo == SIGWINCH)
                        resized = true;
                else if (info.ssi_signo != SIGCHLD && stop_signal == 0)
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

void process_put_aside(struct process *process, json_t *message)
{
        if (!process->aside)
                process->aside = json_array();
        json_array_append_new(process->aside, message);
}

json_t *process_new_message(struct process *process)
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

json_t *process_message(struct process *process)
{
        json_t *message = json_incref(json_array_get(process->aside, 0));

        if (!message)
                return process_new_message(process);
        json_array_remove(process->aside, 0);
        return message;
}

/* --- what it printed --- */

void process_drain(struct process *process)
{
        pump_both(process);
}

void process_keep(struct process *process, size_t keep_bytes)
{
        process->keep_bytes = keep_bytes;
        for (int i = 0; i < 2; i++) {
                struct capture *capture = &process->output[i];

                if (capture->length <= keep_bytes)
                        continue;
                capture->dropped += capture->length - keep_bytes;
                capture->length = keep_bytes;
        }
}

void process_forget_output(struct process *process)
{
        for (int i = 0; i < 2; i++) {
                struct capture *capture = &process->output[i];

                free(capture->data);
                *capture = (struct capture){ .fd = capture->fd };
        }
}

/* --- waiting for all of them --- */

static size_t count_all(void)
{
        size_t count = 0;

        for (const struct process *process = all; process; process = process->next)
                count++;
        return count;
}

/* Reads what the processes have printed, as far as `fds` say that there is any; NULL: all. */
static void pump_all(const struct pollfd *fds)
{
        for (struct process *process = all; process; process = process->next) {
                for (int i = 0; i < 2; i++) {
                        if (!fds || fds[1 + i].revents)
                                pump(&process->output[i], process->keep_bytes);
                }
                fds += fds ? 3 : 0;
        }
}

/* Waits, and reads what was printed. Whether there are signals. */
static bool poll_all(double seconds)
{
        double ms = ceil(seconds * 1e3);
        struct pollfd *fds = calloc(3 * count_all() + 1, sizeof(*fds));
        nfds_t count = 0;
        bool signalled;

        if (!fds) { /* busy instead of blind */
                pump_all(NULL);
                return true;
        }
        fds[count++] = (struct pollfd){ .fd = signals, .events = POLLIN };
        for (const struct process *process = all; process; process = process->next) {
                int ends[] = { process->unheard ? -1 : process->report, process->output[0].fd,
                        process->output[1].fd };

                for (int i = 0; i < 3; i++)
                        fds[count++] = (struct pollfd){ .fd = ends[i], .events = POLLIN };
        }
        poll(fds, count, ms <= 0 ? 0 : ms > 60e3 ? 60000 : (int)ms);
        pump_all(fds + 1);
        signalled = fds[0].revents != 0;
        free(fds);
        return signalled;
}

/* Those that nobody has a use for: frees what is gone of them; true when some are left. */
static bool free_discarded(void)
{
        struct process *next;
        bool left = false;

        for (struct process *process = all; process; process = next) {
                next = process->next;
                if (!process->discarded)
                        continue;
                if (process_is_gone(process))
                        free_process(process);
                else
                        left = true;
        }
        return left;
}

void process_wait(double deadline)
{
        double now = clock_seconds();

        for (const struct process *process = all; process; process = process->next) {
                if (process->ending)
                        deadline = fmin(deadline, now + KILL_PAUSE);
        }
        if (poll_all(deadline - now)) {
                read_signals();
                reap();
        }
        free_discarded();
}

bool process_order(struct process *process, const void *order, size_t length)
{
        return write(process->order, order, length) == (ssize_t)length;
}

/* --- the end of one --- */

static bool is_stuck(pid_t pid)
{
        for (size_t i = 0; i < stuck_count; i++) {
                if (stuck_pids[i] == pid)
                        return true;
        }
        return false;
}

static void note_stuck(pid_t pid)
{
        if (stuck_count < MAX_STUCK)
                stuck_pids[stuck_count++] = pid;
}

/* Kills the children that are nobody's job; returns how many there are. `give_up`: forget them. */
static size_t kill_strays(bool give_up)
{
        static pid_t child[4096];
        size_t count = descendants_children(getpid(), child, sizeof(child) / sizeof(child[0]));
        size_t strays = 0;

        for (size_t i = 0; i < count; i++) {
                if (process_of(child[i]) || is_stuck(child[i]))
                        continue;
                kill(child[i], SIGKILL);
                descendants_kill(child[i]);
                if (give_up)
                        note_stuck(child[i]);
                strays++;
        }
        return strays;
}

void process_kill(struct process *process)
{
        if (process->ending)
                return;
        process->ending = true;
        process->kill_deadline = clock_seconds() + KILL_SECONDS;
}

static void forget(struct process *process)
{
        struct process **link = &all;

        while (*link != process)
                link = &(*link)->next;
        *link = process->next;
        pump_both(process);
        close_fd(&process->output[0].fd);
        close_fd(&process->output[1].fd);
        close_fd(&process->report);
        close_fd(&process->order);
}

bool process_is_gone(struct process *process)
{
        bool give_up = clock_seconds() > process->kill_deadline;
        size_t strays;

        kill(-process->pid, SIGKILL);
        if (!process->exited)
                descendants_kill(process->pid);
        reap();
        strays = kill_strays(give_up);
        reap();
        if ((strays > 0 || !process->exited) && !give_up)
                return false;
        process->stuck = strays > 0 || !process->exited;
        if (!process->exited)
                note_stuck(process->pid);
        forget(process);
        process->gone = true;
        return true;
}

void process_end(struct process *process)
{
        process_kill(process);
        while (!process->gone && !process_is_gone(process))
                process_wait(clock_seconds() + KILL_PAUSE);
}

void process_free(struct process *process)
{
        if (!process)
                return;
        process_end(process);
        free_process(process);
}

void process_discard(struct process *process)
{
        if (!process)
                return;
        process_kill(process);
        kill(-process->pid, SIGKILL); /* the rest of it follows at the next look */
        process->discarded = process->unheard = true;
}

void process_end_discarded(void)
{
        while (free_discarded())
                process_wait(clock_seconds() + KILL_PAUSE);
}
