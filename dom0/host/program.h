/* Programs of the host: efibootmgr, update-grub, xl, xe, gzip. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"

#define PROGRAM_SECONDS 300 /* until a program that does not end is killed */

/* Where a program is; owned by the caller. NULL: nowhere. */
char *program_find(const struct host *host, const char *name);

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
