/*
 * Whether the files that jobs name go along with them. A folder may hold files that are not copied,
 * and on FAT a name in the wrong case finds its file, but not in the stage.
 */
#pragma once

#include "dom0/check/joblist.h"
#include "dom0/check/review.h"

/*
 * Complains of each file that the job names and that can be opened in its folder, but is not in the
 * list, written so.
 */
void jobnames_review(struct review *review, const struct joblist *list);
