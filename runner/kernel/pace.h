/*
 * When jobs run side by side and how many, and when one by one. A flight that is lost
 * (flight_run.h) costs its own time, and mostly a process with its context, before its jobs run
 * alone. So behind each that took its process along more jobs run alone than behind the one before
 * it: what is lost in a run of N jobs stays within the logarithm of N contexts. Behind one that
 * did not, by a wrong value, flights are shorter, for then fewer of them have one. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* All zeroes at first. */
struct pace {
        size_t alone;  /* so many jobs run alone before another flight */
        size_t dear;   /* how many that were behind the last flight that took its process along */
        size_t losses; /* by wrong values, since a flight was good */
        size_t halved; /* how often `most` is */
};

/* How many jobs a flight may have, of `most`: 2 at least. */
size_t pace_jobs(const struct pace *pace, size_t most);

/* A flight of so many jobs was lost, and with it (`dear`) its process. */
void pace_lost(struct pace *pace, size_t jobs, bool dear);

/* A flight was good; but (`dear`) its process is not. */
void pace_won(struct pace *pace, bool dear);

/* A job begins that runs alone. */
void pace_alone(struct pace *pace);
