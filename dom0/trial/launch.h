/* forestage-run in a trial: with an environment of its own, under a deadline, and killed whole. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"

struct launch {
        const char *const *argv;        /* [0] is found with program_find; ends with NULL */
        const char *const *environment; /* besides PATH, HOME and LC_ALL; ends with NULL */
        const char *output, *errors;    /* files that are appended to */
        unsigned seconds;               /* then it is asked to end, and killed */
};

struct launch_end {
        int code;   /* its exit code; -1: it did not end by itself */
        int signal; /* that ended it; 0: none */
        bool late;  /* its time was up */
        bool stuck; /* something of it is still there: it hangs in the kernel */
        char state; /* of that, as /proc has it: 'D' */
};

/*
 * Runs it, and returns when nothing that it started is left, or cannot be ended. False: it could
 * not be started.
 */
bool launch_run(const struct host *host, const struct launch *launch, struct launch_end *ret_end,
        struct failure *ret_error);

/* How long is waited for what is asked to end, and for what is killed. Tests shorten it. */
extern unsigned launch_grace_s;

/* How it is killed: kill. A test that needs something that cannot be killed has its own. */
extern int (*launch_kill)(pid_t pid, int signal);
