/* The keys of a job file: what each may hold, which belong together. Used by jobfile.c only. */
#pragma once

#include "jobs/job.h"

#define JOBKEYS_MAX 32u

/* What the parser knows besides the job. */
struct jobkeys {
        struct job *job;
        unsigned key_line[JOBKEYS_MAX]; /* where each key stood first; 0: not yet */
        unsigned section_line[6];       /* the same of the sections */
};

void jobkeys_defaults(struct job *job);

/* A line "[Name]" was read, job->line. Complains when there is no such section. */
void jobkeys_section(struct jobkeys *keys, const char *header);

/* A line "key=value" was read, job->line. False, and a complaint, when it cannot stand there. */
bool jobkeys_set(struct jobkeys *keys, const char *section, const char *name, const char *value);

/* All lines were read: what is missing, and what does not go together? */
void jobkeys_finish(struct jobkeys *keys);
