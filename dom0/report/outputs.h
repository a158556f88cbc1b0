/* The outputs of one job in two runs. Pure but for `look`; both run.json are untrusted. */
#pragma once

#include <jansson.h>

#include "dom0/report/closeness.h"
#include "lib/why.h"

/* An output that both runs have, with other bytes. */
struct outputs_pair {
        char path[640]; /* in both run folders */
        uint64_t bytes; /* of each */
        const char *sha256[2];
};

/* Who has the bytes. `look` adds all elements of a pair; false: `why` (WHY_SIZE) says why not. */
struct outputs_reader {
        bool (*look)(const struct outputs_reader *reader, const struct outputs_pair *pair,
                struct closeness *closeness, char *why);
        int folder[2]; /* what look works with: the run folders, open */
};

/*
 * Adds what differs to `differ`, and to `close` what has other bytes that are as close as its
 * expectation in both runs allows. Each is {"job", "device", "file", "a", "b"}, with "as",
 * "tolerance", "elements", "different", "off" and "worst" where the bytes were looked at, and
 * "unread" where they could not be. `reader` may be NULL: nothing is looked at.
 */
void outputs_compare(const struct outputs_reader *reader, const json_t *a, const json_t *b,
        json_t *differ, json_t *close);
