/* The keys of a job file: what each may hold, which belong together. Used by jobfile.c only. */
#ifndef FORESTAGE_JOBS_JOBKEYS_H
#define FORESTAGE_JOBS_JOBKEYS_H

#include "jobs/job.h"

#define JOBKEYS_MAX 32u

/* What the parser knows besides the job. */
struct jobkeys {
        struct job *job;
        unsigned line;                  /* of the key that is being set */
        unsigned key_line[JOBKEYS_MAX]; /* where each key stood first; 0: not yet */
        unsigned section_line[6];       /* the same of the sections */
};

/* Marks the job as broken at keys->line; always false. */
bool jobkeys_complain(struct jobkeys *keys, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

void jobkeys_defaults(struct job *job);

/* A line "[Name]" was read. Complains when there is no such section. */
void jobkeys_section(struct jobkeys *keys, unsigned line, const char *header);

/* A line "key=value" was read. False, with job->error set, when it cannot stand there. */
bool jobkeys_set(struct jobkeys *keys, unsigned line, const char *section, const char *key,
        const char *value);

/* All lines were read: what is missing, and what does not go together? */
void jobkeys_finish(struct jobkeys *keys);

#endif
