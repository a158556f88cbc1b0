/*
 * A change of this host that is found out, shown, agreed to and made. It is made under the lock of
 * dom0/base/lock.h, and what is made is what was shown: while somebody thinks about the answer the
 * host is not locked, so afterwards all is found out once more. Without a question it is found out
 * once, under the lock; a dry run does without, and says nothing while somebody else is at work.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"

enum proposal_step {
        PROPOSAL_FAILED,  /* with a failure */
        PROPOSAL_NOTHING, /* is to be done: what was written says so */
        PROPOSAL_GO,
};

struct proposal {
        const char *verb;
        const char *question;
        bool yes, dry_run;
        /* Finds out what there is to do, and writes it to `to`; changes nothing. */
        enum proposal_step (*examine)(void *plan, FILE *to, struct failure *ret_error);
        /* Releases what examine has found; also called when that has failed. */
        void (*forget)(void *plan);
        /* Does it, under the lock; says what was done, or was not, and returns the exit code. */
        int (*carry_out)(void *plan);
};

/* The exit code of the verb. `plan` is for the three functions; it has been forgotten afterwards.
 */
int proposal_run(const struct host *host, const struct proposal *proposal, void *plan);

/*
 * EXIT_PASS, for a verb that has done its work: that its report could not be printed is a warning
 * on standard error, and changes nothing about the work.
 */
int proposal_done(const char *what);
