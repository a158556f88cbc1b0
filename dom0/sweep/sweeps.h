/*
 * The sweeps of a run (run.json), for those who show it: a long one is a line of counts and the few
 * points that are worth one of their own. Pure.
 */
#pragma once

#include <stdbool.h>

#include <jansson.h>

#define SWEEPS_WHOLE  20u /* a sweep of so many points is shown whole */
#define SWEEPS_FAULTS 10u /* of a longer one, points that did not pass */
#define SWEEPS_SLOW   3u  /* and the slowest of those that did */

/*
 * The long sweeps of a document, in their order: [{"sweep": "wave", "jobs": 1000, "shown": 5,
 * "counts": {"pass": 998, "fail": 2}, "least_s", "median_s", "most_s", "slowest": "wave@17"}]. The
 * times are of the points that have one. Release it with json_decref.
 */
json_t *sweeps_of(const json_t *document);

/*
 * The jobs that are shown one by one, in their order: all but most points of long sweeps. Release
 * it with json_decref.
 */
json_t *sweeps_shown(const json_t *document);

/* "998 pass, 2 fail; 0.010 to 0.250 s, median 0.012 s" of an element of sweeps_of. */
void sweeps_describe(const json_t *sweep, char *out, size_t size);
