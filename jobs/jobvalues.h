/*
 * The keys of a job file as their values see them: what each may be, and where it goes. A value
 * that is none leaves a complaint in the job. Used by jobkeys.c, and check_values.c for [Check].
 */
#pragma once

#include "jobs/job.h"

struct jobkey;

/* Takes the value of a key; false when it is none. */
typedef bool jobvalue(struct job *job, const struct jobkey *key, const char *value);

struct jobkey {
        unsigned section, rule; /* of jobkeys.c */
        const char *name;
        jobvalue *take;
        size_t member;        /* of struct job, for those that several keys have in common */
        uint64_t least, most; /* of jobvalue_size and jobvalue_count */
};

/* A char *, and one that is a path in the job folder. */
jobvalue jobvalue_string, jobvalue_path;

/* A uint64_t of the job, a number of bytes or a plain one. */
jobvalue jobvalue_size, jobvalue_count;

/* One key each. */
jobvalue jobvalue_type, jobvalue_device, jobvalue_timeout, jobvalue_context, jobvalue_grid,
        jobvalue_block, jobvalue_shared, jobvalue_argument, jobvalue_exec, jobvalue_collect,
        jobvalue_environment, jobvalue_data;

/* Appends a word; false when there is no room for it. */
bool jobvalue_add(struct job *job, struct words *words, const char *word);

/* A line of [Expect]. */
bool jobvalue_expectation(struct job *job, const char *file, const char *value);
