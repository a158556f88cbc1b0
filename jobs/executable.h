/* Whether a file can be executed, as far as its beginning tells: what execve looks at. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/why.h"

#define EXECUTABLE_BYTES 4096u /* of the file's beginning that are worth reading */

enum executable_kind {
        EXECUTABLE_STATIC,  /* an ELF program that needs no other file */
        EXECUTABLE_DYNAMIC, /* one that is started by a loader */
        EXECUTABLE_SCRIPT,
};

struct executable {
        enum executable_kind kind;
        char interpreter[256]; /* of a script, or the loader; "" */
        const char *doubt;     /* a sentence: it starts, but hardly as it is meant to; NULL */
};

/*
 * Reads the first `length` bytes of a file. When false, Linux on x86-64 cannot start it, whatever
 * else is installed, and `why` (WHY_SIZE bytes) is the reason: a sentence without its full stop, in
 * which "it" is the file.
 */
bool executable_read(const void *data, size_t length, struct executable *ret_executable, char *why);
