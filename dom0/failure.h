/* Why something could not be done: what to print, and what to exit with. */
#ifndef FORESTAGE_DOM0_FAILURE_H
#define FORESTAGE_DOM0_FAILURE_H

#include <stdbool.h>

#include "dom0/exit.h"

struct failure {
        enum exit_code code;
        char text[512]; /* what is wrong and what to do, without a full stop */
};

/* Fills in `failure` and returns false, so that an error is set and returned in one expression. */
__attribute__((format(printf, 3, 4))) bool fail(
        struct failure *failure, enum exit_code code, const char *format, ...);

/* Prints "forestage: TEXT" on standard error and returns the code. */
int failure_print(const struct failure *failure);

#endif
