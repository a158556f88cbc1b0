/*
 * A trial as it can be given to others: versions, memory types, IOMMU, verdicts, the ladder and
 * times. What it has is listed here, key by key, so that nothing comes out because nobody thought
 * of it; and in the sentences that are left, whatever may name a machine, a person or a disk is
 * replaced. Pure.
 */
#pragma once

#include <jansson.h>

/*
 * A new "forestage-trial-share/1" of a trial.json, which is untrusted. Jobs are called "job 1" and
 * so on. `names` are what must not come out besides: this host's name; ends with NULL.
 */
json_t *share_make(const json_t *outcome, const char *const names[]);

/*
 * A text without UUIDs, MAC and IP addresses, absolute paths, serial numbers, long digits, and
 * `names`; each of them becomes a word in brackets. Owned.
 */
char *share_clean(const char *text, const char *const names[]);

/* The options of a command line; values only of options that are known to name nothing. Owned. */
char *share_options(const char *line);
