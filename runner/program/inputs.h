/*
 * The trees that programs read, Data= and Root=: folders of the job folder. In the stage the store
 * has them, and each block is held against its hash when it is read.
 */
#pragma once

#include <stdbool.h>

#include "jobs/job.h"
#include "store/map.h"

struct inputs {
        int control;          /* of device-mapper; -1: they are folders and no more */
        struct store_map map; /* that names those of the store */
        const char *lost;     /* why they could not be had; NULL: they could */
};

/*
 * Whether all of a job's can be read: `folder` is the job folder. When false, `why` (WHY_SIZE
 * bytes) names the key, and says what is missing.
 */
bool inputs_are_there(const struct inputs *inputs, int folder, const struct job *job, char *why);

/* Whether nothing was found in them, so far, that is not what was armed. */
bool inputs_are_sound(const struct inputs *inputs, const struct job *job, char *why);
