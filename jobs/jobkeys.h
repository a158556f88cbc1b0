/* The keys of a job file: what each may hold, which belong together. Used by jobfile.c only. */
#pragma once

#include "jobs/job.h"

#define JOBKEYS_MAX 40u

/* What the parser knows besides the job. */
struct jobkeys {
        struct job *job;
        unsigned key_line[JOBKEYS_MAX]; /* where each key stood first; 0: not yet */
        unsigned section_line[7];       /* the same of the sections */

        /* [Sweep] of the file, which was read before all else; NULL: it has none. */
        const struct sweep *sweep;
        const struct sweep_lines *sweep_problems; /* `section` says what is wrong with the line */
        bool used[SWEEP_MAX_NAMES];               /* of its names */
};

void jobkeys_defaults(struct job *job);

/* A line "[Name]" was read, job->line. Complains when there is no such section. */
void jobkeys_section(struct jobkeys *keys, const char *header);

/* A line "key=value" was read, job->line. False, and a complaint, when it cannot stand there. */
bool jobkeys_set(struct jobkeys *keys, const char *section, const char *name, const char *value);

/* All lines were read: what is missing, and what does not go together? */
void jobkeys_finish(struct jobkeys *keys);
