/* All jobs of a folder: every NAME.conf in it, in the order of their names' bytes. */
#pragma once

#include "jobs/job.h"
#include "lib/words.h"

/* A file that somebody may take for a job, but nobody runs. */
struct jobfolder_other {
        char *file;      /* its path, as it is */
        const char *why; /* it is none: a sentence without its full stop */
};

struct jobfolder {
        int fd;
        struct job *job;
        size_t count;
        struct jobfolder_other *other;
        size_t others;
};

/*
 * Whether one of the names or patterns asks for the job, or for points of its sweep; those that do
 * become true in `used`, of WORDS_MAX elements, or NULL. A file that cannot be read as a job is
 * asked for by any of its points' names.
 */
bool jobfolder_asks(const struct words *only, const struct job *job, bool *used);

/*
 * Reads the folder. `only`, when there is a word in it, has the names of the jobs to keep, or
 * patterns of them (words_match), of a sweep's points too; then there are no others. NULL: all. A
 * broken job file is a job with an error, not a failure of this. 0 or a negative errno of the
 * folder itself.
 */
int jobfolder_read(const char *folder, const struct words *only, struct jobfolder *ret_jobs);

/*
 * Why a file of this name is no job, although it looks like one: it has ".conf" in its name, in
 * whatever case. NULL: it is one, or has nothing to do with jobs. Pure.
 */
const char *jobfolder_refusal(const char *file);
void jobfolder_close(struct jobfolder *jobs);
