#include "runner/process/guard.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clock.h"
#include "runner/process/descendants.h"
#include "runner/process/signals.h"

#define NAME        "forestage-guard"
#define ORPHANED    SIGUSR1 /* to the guard, when the first process is gone */
#define END_SECONDS 5.0     /* what is not gone after this hangs in the kernel */
#define END_PAUSE   2000    /* microseconds between two looks */

/* One of the two that wait. */
struct watcher {
        pid_t child;
        pid_t parent; /* whose end is the child's, too; 0: nobody's */
        void (*clean)(void);
};

static void watched_signals(const struct watcher *watcher, sigset_t *ret_set)
{
        signals_that_stop(ret_set);
        sigaddset(ret_set, SIGCHLD);
        if (watcher->parent)
                sigaddset(ret_set, ORPHANED);
}

static void end_all(void)
{
        double deadline = clock_seconds() + END_SECONDS;

        while (clock_seconds() < deadline) {
                pid_t ended;

                descendants_kill(getpid());
                while ((ended = waitpid(-1, NULL, WNOHANG)) > 0)
                        ;
                if (ended < 0 && errno == ECHILD)
                        return;
                usleep(END_PAUSE);
        }
}

/* How the child ended; by SIGKILL, when it has to end because the first process did. */
static int wait_for_end(const struct watcher *watcher)
{
        sigset_t set;
        int status;

        watched_signals(watcher, &set);
        for (;;) {
                int number = sigwaitinfo(&set, NULL);

                if (number == SIGCHLD && waitpid(watcher->child, &status, WNOHANG) != 0)
                        return status;
                if (number == ORPHANED && getppid() != watcher->parent)
                        return SIGKILL;
                if (number > 0 && number != SIGCHLD && number != ORPHANED) {
                        kill(watcher->child, number);
                        kill(watcher->child, SIGCONT); /* a stopped one would not hear it */
                }
        }
}

/* As it did, so that whoever waits for this process learns it. */
_Noreturn static void end_as(int status)
{
        const struct rlimit no_core = { 0, 0 };
        sigset_t set;

        if (WIFEXITED(status))
                _exit(WEXITSTATUS(status));
        setrlimit(RLIMIT_CORE, &no_core);
        signal(WTERMSIG(status), SIG_DFL);
        sigemptyset(&set);
        sigaddset(&set, WTERMSIG(status));
        raise(WTERMSIG(status));
        sigprocmask(SIG_UNBLOCK, &set, NULL);
        _exit(128 + WTERMSIG(status));
}

_Noreturn static void watch(const struct watcher *watcher)
{
        int status = wait_for_end(watcher);

        /* One that ends by itself has cleaned up. */
        if (WIFSIGNALED(status)) {
                end_all();
                watcher->clean();
        }
        end_as(status);
}

/* Forks `child`. Whatever this process waits for is blocked from here on, and none of it lost. */
static void start(struct watcher *watcher)
{
        sigset_t set, before;

        watched_signals(watcher, &set);
        sigprocmask(SIG_BLOCK, &set, &before);
        prctl(PR_SET_CHILD_SUBREAPER, 1);
        watcher->child = fork();
        if (watcher->child >= 0)
                return;
        prctl(PR_SET_CHILD_SUBREAPER, 0);
        sigprocmask(SIG_SETMASK, &before, NULL);
}

/* A name of its own, for people who look and for pkill. */
static void rename_self(int argc, char **argv)
{
        size_t room = 0, length = strlen(NAME);

        prctl(PR_SET_NAME, NAME);
        /* The words lie one behind the other, and /proc shows what lies there. */
        for (int i = 0; i < argc && argv[i] == argv[0] + room; i++)
                room += strlen(argv[i]) + 1;
        if (room == 0)
                return;
        memset(argv[0], 0, room);
        memcpy(argv[0], NAME, length < room ? length : room - 1);
}

_Noreturn static void be_guard(const struct watcher *guard, int argc, char **argv)
{
        rename_self(argc, argv);
        prctl(PR_SET_PDEATHSIG, ORPHANED);
        if (getppid() != guard->parent) /* it is gone already, and the signal will not come */
                raise(ORPHANED);
        watch(guard);
}

/* In the group of the first process again, so that a terminal's keys reach it. */
static void be_runner(pid_t parent, pid_t group)
{
        sigset_t orphaned;

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
                _exit(1);
        setpgid(0, group);
        sigemptyset(&orphaned);
        sigaddset(&orphaned, ORPHANED);
        sigprocmask(SIG_UNBLOCK, &orphaned, NULL);
}

void guard_start(int argc, char **argv, void (*clean)(void))
{
        struct watcher first = { .clean = clean };
        struct watcher guard = { .clean = clean, .parent = getpid() };
        pid_t group = getpgrp(), self;

        /* Ignored at the start, it would have the kernel forget how children end. */
        signal(SIGCHLD, SIG_DFL);
        start(&first);
        if (first.child > 0)
                watch(&first);
        if (first.child < 0)
                return;
        setpgid(0, 0);
        self = getpid();
        start(&guard);
        if (guard.child > 0)
                be_guard(&guard, argc, argv);
        if (guard.child == 0)
                be_runner(self, group);
        else
                be_runner(guard.parent, group);
}
