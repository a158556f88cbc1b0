/* Runs one program with a deadline and keeps what it prints. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* How a child ended: by exit code, or by a signal; `deadline` when it was killed for its time. */
struct outcome {
        bool exited;
        int exit_code;
        int signal;
        bool deadline;
};

/* Exit codes of a child whose program was never started, as the shell has them. */
#define CHILD_UNCONFINED  126
#define CHILD_NOT_STARTED 127

/*
 * What every child of init finds in its environment, and all of it: Linux puts what it does not
 * know of its command line (options= of forestage.conf) into init's.
 */
extern char *const child_environment[];

#define CAPTURE_LIMIT (1u << 20)

/* The first CAPTURE_LIMIT bytes that a child printed; `lost` counts the rest. */
struct capture {
        char *text; /* owned; NULL when nothing came */
        size_t length;
        size_t lost;
};

/*
 * Starts argv[0] in a process group of its own with standard output and error going to the console
 * and into `ret_capture`, waits for at most `deadline_s` seconds, and then kills the whole group:
 * SIGTERM first, SIGKILL after a grace of five seconds. `confine` (NULL: nothing) runs in the child
 * before the program; when it fails with errno, the program is not started and the exit code is
 * CHILD_UNCONFINED. Returns false with errno when nothing could be started. The caller frees
 * ret_capture->text.
 */
bool child_run(char *const argv[], bool (*confine)(void), unsigned int deadline_s, bool echo,
        struct outcome *ret_outcome, struct capture *ret_capture);

/*
 * The same of a program that goes into the background by itself, and whose end with exit code 0
 * says that it is ready: what it then leaves behind lives on. False with ETIMEDOUT, too, when it
 * cannot even be killed, because it waits inside the kernel; it is then left alone.
 */
bool child_start_daemon(char *const argv[], unsigned int deadline_s, struct outcome *ret_outcome,
        struct capture *ret_capture);

/* Whether a process runs this program: an absolute path without links. */
bool child_runs_program(const char *path);

/*
 * Ends every process that runs this program: SIGTERM, SIGKILL
 * after a grace of five seconds, and another such grace. Sets how many there were at first; false
 * when one is still there.
 */
bool child_end_program(const char *path, size_t *ret_count);

/* Kills and reaps every process but this one: for PID 1, before the hand-over. */
void child_sweep(void);
