/* Programs of the host: efibootmgr, update-grub, xl, xe, gzip. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"

#define PROGRAM_SECONDS 300 /* until a program that does not end is killed */

/* Where a program is; owned by the caller. NULL: nowhere. */
char *program_find(const struct host *host, const char *name);

struct program_start {
        const char *const *argv;        /* ends with NULL */
        const char *const *environment; /* besides PATH, HOME and LC_ALL; ends with NULL, or NULL */
        int output, errors;             /* descriptors */
};

/*
 * Starts the program `path` in a process group of its own, with nothing on its standard input and
 * nothing of the caller's environment. Returns 0, or an error number; what execve says is among
 * them.
 */
int program_spawn(const struct host *host, const char *path, const struct program_start *start,
        pid_t *ret_pid);

/*
 * Runs argv[0] (found with program_find) with nothing on its standard input and an environment of
 * its own: PATH, HOME and LC_ALL, and nothing of the caller's (LD_PRELOAD, IFS, …). Gives back what
 * it printed on standard output, NUL-terminated and owned by the caller. False when it cannot be
 * run, does not end with exit code 0, takes too long or prints more than `limit` bytes; the reason
 * holds the last line that it printed on standard error.
 */
bool program_run(const struct host *host, const char *const argv[], size_t limit, char **ret_output,
        size_t *ret_length, struct failure *ret_error);

/*
 * The same with `seconds` until it is killed, and all that it has started with it: for a question
 * that can go without an answer, and that somebody waits for.
 */
bool program_run_for(const struct host *host, unsigned seconds, const char *const argv[],
        size_t limit, char **ret_output, size_t *ret_length, struct failure *ret_error);

/* The same as program_run without its output. */
bool program_do(const struct host *host, const char *const argv[], struct failure *ret_error);
