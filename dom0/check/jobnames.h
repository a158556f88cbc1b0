/*
 * Whether the files that jobs name go along with them. A folder may hold files that are not copied,
 * and on FAT a name in the wrong case finds its file, but not in the stage.
 */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "dom0/check/joblist.h"
#include "jobs/jobfolder.h"

/*
 * Prints a line on `to` for each file that a job names and that can be opened in its folder, but is
 * not in the list, written so. Returns how many.
 */
size_t jobnames_complain(const struct jobfolder *jobs, const struct joblist *list, FILE *to);
