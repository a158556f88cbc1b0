/* What a check tells of a GPU: its readings, and what each test has found. */
#pragma once

#include "record/schema.h"

extern const struct record_key record_nvlink_keys[];  /* of one of a GPU's NVLinks */
extern const struct record_key record_bridge_keys[];  /* of one end of a link below its root port */
extern const struct record_key record_reading_keys[]; /* of a GPU's health */

/* What a test of a check that passed has found. */
enum record_found {
        RECORD_FOUND_MORE,    /* there, and more than 0 */
        RECORD_FOUND_THERE,   /* there */
        RECORD_FOUND_ZERO,    /* there, and 0 or empty */
        RECORD_FOUND_NOTHING, /* not there, or 0 or empty */
        RECORD_FOUND_MAYBE,   /* there or not */
        RECORD_FOUND_COVERED, /* more than 0; in records before version 3, there or not */
};

struct record_finding {
        const char *test; /* the start of its name */
        const char *key;
        enum record_found found;
        bool skipped; /* also one that was skipped has it */
};

/* By test; of the keys of record_test_keys a test has no others. Ends with a test of NULL. */
extern const struct record_finding record_findings[];
