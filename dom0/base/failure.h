/*
 * Why something could not be done: what to print, and what to exit with. The texts of others that
 * stand in a message (names of files, bytes of a file, arguments) are made safe for a terminal
 * here, and only here: callers hand them over as they are.
 */
#pragma once

#include <stdbool.h>

#include "dom0/base/exit.h"

struct failure {
        enum exit_code code;
        char text[512]; /* what is wrong and what to do, escaped, without a full stop */
};

/* Fills in `failure` and returns false, so that an error is set and returned in one expression. */
__attribute__((format(printf, 3, 4))) bool fail(
        struct failure *failure, enum exit_code code, const char *format, ...);

/* The same with "WHAT PATH: " and what errno means. */
bool fail_errno(struct failure *failure, enum exit_code code, const char *what, const char *path);

/* Prints "forestage: TEXT" on standard error and returns the code. */
int failure_print(const struct failure *failure);

/* Both in one: for what is found out where it can be said at once. */
__attribute__((format(printf, 2, 3))) int complain(enum exit_code code, const char *format, ...);
