/* Regions for the tests of dom0/: a run as the stage records it, or anything else. */
#pragma once

#include "region/region.h"

#define SAMPLE_SIZE  ((size_t)256 << 10)
#define SAMPLE_RUN   "6f1d2c3b-4a59-4e68-9b77-8695a4b3c2d1"
#define SAMPLE_TSC   2000000000.0 /* ticks of its clock in a second */
#define SAMPLE_HELLO "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"

struct sample {
        uint8_t *base; /* owned */
        size_t size;
        struct region_writer writer;
        double seconds; /* the clock: since the EFI application started */
};

/* Where the output of this job is; with a name of NULL, the first, all are in the region. */
extern struct sample_stored {
        const char *job;
        unsigned long long bytes, from, size, offset, number;
        const char *sha256;
} sample_stored;

extern const uint8_t sample_run_id[16]; /* SAMPLE_RUN */

void sample_start(struct sample *sample, size_t size);
void sample_free(struct sample *sample);

/* Any record; `data` is a format. */
__attribute__((format(printf, 4, 5))) void sample_record(
        struct sample *sample, enum region_type type, const char *name, const char *data, ...);

/* An event one millisecond after the one before; `more` is a piece of JSON with its comma, or "".
 * Linux started, and its clock with it, two seconds after the EFI application. */
void sample_event(struct sample *sample, const char *name, const char *more);

void sample_file(struct sample *sample, const char *path, const void *data, size_t length);

/* A RESULT of kernel job JOB on the sample's GPU 0; a pass has the output hello.txt ("hello\n"). */
void sample_result(struct sample *sample, const char *job, const char *status);

/* The RUN record, with the runner's end as JSON, and the seal. */
void sample_finish(struct sample *sample, const char *runner);

/* Everything up to the plan of `planned` (the JSON list); then the jobs. */
void sample_begin(struct sample *sample, const char *planned);

/* A run of three jobs that passed, with files of some KiB; sealed. */
void sample_passed(struct sample *sample);
