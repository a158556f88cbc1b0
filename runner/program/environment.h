/* What a program finds around it, and all of it: the same wherever it runs. */
#pragma once

#include "jobs/job.h"
#include "runner/record/device.h"

/*
 * The list for execve: the fixed variables, those of `outer` that are settings of forestage-run and
 * of libcuda's place (environment.c), which GPU it is to use, and Environment= of the job, which
 * replaces what has the same name. `folder` is where it runs; `from` is where forestage-run does,
 * and so what a relative folder in `outer` is relative to ("": that is not known). NULL: out of
 * memory. Free the entries that were made and the list with environment_free.
 */
char **environment_make(const struct job *job, const struct device *device, const char *folder,
        const char *from, char *const outer[]);

void environment_free(char **environment);

/*
 * Gives the calling process, which is about to become the program, the rest of what it has from its
 * caller: the mask of new files' permissions (022), the limits of resources, and no open files but
 * the first three. What is limited hard stays so where this may not be changed.
 */
void environment_settle(const struct limits *limits);
