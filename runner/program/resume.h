/*
 * Checkpoint=: the file that a program left for the next run of its order, given to it before it
 * starts, and taken when it has ended, however it did. What became of it is an event of the run.
 */
#pragma once

#include <stdbool.h>

#include "lib/why.h"
#include "runner/process/attempt.h"
#include "runner/program/workdir.h"
#include "store/checkpoint.h"

struct resume {
        struct checkpoint_place place; /* .pen NULL: there is none */
        struct checkpoint_head given;  /* .kind CHECKPOINT_NONE: nothing was */
        char why[WHY_SIZE];            /* why nothing was */
};

/*
 * Puts the file into the program's folder, if a run of this order has left one. One that is not
 * what was left is not given: the program begins anew. False: the folder could not take it, and
 * attempt_error has said why. `ret_resume` is for resume_take.
 */
bool resume_give(struct attempt *attempt, const struct workdir *workdir, struct resume *ret_resume);

/*
 * Leaves the file for the next run, or that there is none. What cannot be left is an error of the
 * job; then the next run gets what this one got.
 */
void resume_take(
        struct attempt *attempt, const struct workdir *workdir, const struct resume *resume);
