/* The jobs folder as it goes on the ESP: the files of its list, each read once. */
#pragma once

#include <stdbool.h>

#include "dom0/check/joblist.h"
#include "dom0/host/hashlist.h"

/*
 * Copies them below `target`, which is not there yet and nobody else's; lists each as "jobs/…" with
 * the hash of what was written. A file that is not as it was listed any more ends it.
 */
bool jobcopy_write(const struct joblist *jobs, const char *target, struct hashlist *list,
        struct failure *ret_error);
