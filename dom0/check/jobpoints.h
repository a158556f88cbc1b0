/* The points of a sweep behind its first, which is reviewed as any job is. */
#pragma once

#include "dom0/check/joblist.h"
#include "dom0/check/review.h"

/*
 * Says what is wrong with the files of each point, and adds what their outputs take. After the
 * first few points with a fault no further ones are looked at. `list`: NULL, or what goes along.
 */
void jobpoints_review(struct review *first, const struct joblist *list);
