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
        char argument[256];    /* what line 1 of a script gives it, one word for Linux; "" */
        const char *doubt;     /* a sentence: it starts, but hardly as it is meant to; NULL */
};

/*
 * Reads the first `length` bytes of a file. When false, Linux on x86-64 cannot start it, whatever
 * else is installed, and `why` (WHY_SIZE bytes) is the reason: a sentence without its full stop, in
 * which "it" is the file.
 */
bool executable_read(const void *data, size_t length, struct executable *ret_executable, char *why);

/* PATH of a program that runs. */
#define EXECUTABLE_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/*
 * Whether Exec= may mean the system's: the name of a well-known interpreter without a folder before
 * it ("python3", "sh"). Where the job folder has such a file, that is meant.
 */
bool executable_is_interpreter(const char *name);

#define EXECUTABLE_ADVICE_SIZE 256u

/*
 * What to write instead of an Exec= that names an interpreter of the system, whose `words` they
 * are: "; …", to stand behind what is wrong with it. "" for other programs, which are files that
 * somebody has forgotten.
 */
void executable_advice(char *const words[], size_t count, char ret_text[EXECUTABLE_ADVICE_SIZE]);
