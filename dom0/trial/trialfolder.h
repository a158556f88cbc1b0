/* The folder of a trial, /var/lib/forestage/trials/ID, as it is when the trial is armed. */
#pragma once

#include <stdbool.h>

#include <jansson.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"
#include "dom0/check/joblist.h"
#include "dom0/host/hashlist.h"

/*
 * Makes it, with plan.json, the jobs and the phase "armed"; all is on disk then. `files` gets the
 * jobs as "jobs/…", with the hashes of what was written. On failure nothing is left of it; other
 * trials stay as they are.
 */
bool trialfolder_make(const struct host *host, const json_t *plan, const struct joblist *jobs,
        struct hashlist *files, struct failure *ret_error);

/* Takes it away again: the trial was not armed. */
void trialfolder_remove(const struct host *host, const char *trial);
