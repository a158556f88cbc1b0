/*
 * The sweeps of a plan as people see them while they run: how many of their points have ended, and
 * how. A line for each of a hundred thousand would tell nobody anything. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "runner/record/plan.h"

#define TALLY_SECONDS 5.0 /* between two lines about one sweep */
#define TALLY_FAULTS  10u /* points that did not pass, with a line of their own */
#define TALLY_TEXT    256u

struct tally {
        const struct job *job; /* the sweep */
        size_t entries, ended; /* of all points, on each of their devices */
        size_t count[STATUSES];
        size_t faults;
        double next_s; /* when it is time for a line; 0: nothing has ended yet */
};

struct tallies {
        struct tally *tally;
        size_t count;
};

/* One for each sweep of the plan. Without memory there are none: then points are as other jobs. */
void tallies_make(const struct plan *plan, struct tallies *ret_tallies);
void tallies_clear(struct tallies *tallies);

/* The one of the entry's sweep; NULL: it is no point of one. */
struct tally *tallies_of(const struct tallies *tallies, const struct entry *entry);

/* A point has ended at the time `now_s`. True when its own line is to be shown. */
bool tally_take(struct tally *tally, enum status status, double now_s);

/* Whether it is time for a line about all of them; it is when all have ended. */
bool tally_is_due(struct tally *tally, double now_s);

/* "sweep wave: 40 of 100 points: 38 pass, 2 fail" */
void tally_format(const struct tally *tally, char ret_text[TALLY_TEXT]);
