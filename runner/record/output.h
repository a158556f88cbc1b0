/* The outputs of a job: their names and sizes before it runs, the verdict on each afterwards. */
#pragma once

#include "runner/record/journal.h"
#include "runner/record/outcome.h"
#include "runner/record/plan.h"

struct output {
        const char *file; /* as in the job file */
        char path[640];   /* in the run folder */
        uint64_t bytes;
        bool stored;                           /* it goes to the store */
        bool poisoned;                         /* the buffer was filled with POISON_WORD before */
        const struct expectation *expectation; /* or NULL */
        char *reference; /* the file to compare with, of `bytes` bytes; or NULL */
};

struct outputs {
        struct output *output;
        size_t count;
        uint64_t record_bytes; /* what all of them take in a region */
        uint64_t store_bytes;  /* and in a store */
};

/*
 * Finds the size of every output and reads every reference, so that a job whose expectations cannot
 * be compared never runs; and which of them the journal has in the store. When false, `why`
 * (JOB_MAX_ERROR + 1 bytes) is the reason.
 */
bool outputs_prepare(const struct entry *entry, int folder, const struct journal *journal,
        struct outputs *ret_outputs, char *why);
void outputs_clear(struct outputs *outputs);

/*
 * Judges the output's bytes: adds one element to `list` (docs/records.md, "outputs") and counts in
 * `evidence` what was compared and what failed. Pure.
 */
void output_judge(
        const struct output *output, const void *data, json_t *list, struct evidence *evidence);

/* The same when the SHA-256 of the bytes is known already. */
void output_judge_hashed(const struct output *output, const void *data,
        const uint8_t digest[SHA256_SIZE], json_t *list, struct evidence *evidence);
