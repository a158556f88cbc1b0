/* All jobs of a folder: every NAME.conf in it, in the order of their names' bytes. */
#pragma once

#include "jobs/job.h"

struct jobfolder {
        int fd;
        struct job *job;
        size_t count;
};

/*
 * Reads the folder. `only`, when not NULL, is the name of the one job to keep. A broken job file is
 * a job with an error, not a failure of this. 0 or a negative errno of the folder itself.
 */
int jobfolder_read(const char *folder, const char *only, struct jobfolder *ret_jobs);
void jobfolder_close(struct jobfolder *jobs);
