/* What a program finds around it, and all of it: the same wherever it runs. */
#pragma once

#include "jobs/job.h"
#include "runner/record/device.h"

/* Of forestage-run. */
struct surroundings {
        char *const *variables; /* ends with NULL */
        const char *from;       /* the folder that it runs in; "": that is not known */
        bool preload;           /* its LD_PRELOAD and INJECT… are for programs, too */
};

/*
 * The list for execve: the fixed variables, those of `outer` that are settings of forestage-run and
 * of libcuda's place (environment.c), which GPU it is to use, and Environment= of the job, which
 * replaces what has the same name. `folder` is where it runs; a relative folder in `outer` is
 * relative to outer->from. NULL: out of memory. Free the entries that were made and the list with
 * environment_free.
 */
char **environment_make(const struct job *job, const struct device *device, const char *folder,
        const struct surroundings *outer);

void environment_free(char **environment);

/*
 * Gives the calling process, which is about to become the program, the rest of what it has from its
 * caller: the mask of new files' permissions (022), the limits of resources, and no open files but
 * the first three. What is limited hard stays so where this may not be changed.
 */
void environment_settle(const struct limits *limits);
