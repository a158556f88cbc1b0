/* Processes and contexts that are made before the job that needs them, and the room they take. */
#pragma once

#include "runner/lanes.h"

/* Ends the process that looked for the GPUs, if it is still there. */
void ahead_drop_probe(struct supervisor *run);

/* Gives it to the attempt, if that can go on in it. */
void ahead_use_probe(struct lanes *lanes, struct attempt *attempt);

/* Ends those of jobs that share a context, where the entry is to have the GPU to itself. */
void ahead_dismiss(struct lanes *lanes, const struct lane *lane, const struct entry *entry);

/* Ends the one that stands by, where the attempt needs its memory. */
void ahead_make_room(struct lanes *lanes, const struct attempt *attempt);

/* Starts those of the next entries, while the one at hand runs. */
void ahead_start(struct lanes *lanes, struct lane *lane);

/* The first that was started, which is that of the entry `next`; NULL: none was. */
struct slot *ahead_take(struct lane *lane);

/* Ends all of them. */
void ahead_drop(struct lane *lane);
