/* All numbers that a run has about a job, under one name each. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#define NUMBERS_MAX 512u /* of one job */

/*
 * A new object of numbers: "wall_s", "timings.init_s", "check.tests.copy-h2d.gbps". An element of a
 * list goes by its "test", "name" or "file", by the number of the "peer" that it is about (so that
 * it means the same on every GPU), or by its place. Left out is what is no measurement: device,
 * start, exit code, signal, outputs, and what a check says again as it compares its numbers. A run
 * is untrusted: no more than NUMBERS_MAX, six levels deep.
 */
json_t *numbers_of(const json_t *job);

/* The name as people know it, from [Check] and its pages: without "check.tests.". */
const char *numbers_short(const char *name);

/* What the last word of a name says of its number. */
enum numbers_kind {
        NUMBERS_RATE, /* _gbps, _tflops, …: more is better */
        NUMBERS_TIME, /* _s, _us, _ms: less is better */
        NUMBERS_OTHER,
};
enum numbers_kind numbers_kind(const char *name);

/* "0.387 s", "54.1 GB/s": the number with the unit of its name. */
void numbers_format(const char *name, double value, char *out, size_t size);

/* The jobs of a run by name and device, the first of each; release it with json_decref. */
json_t *numbers_index(const json_t *document);

/* The job of this name and device in an index; NULL: it has none. A device may be missing or null.
 */
const json_t *numbers_job(const json_t *index, const char *name, const json_t *device);
