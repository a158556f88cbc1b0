/* A test of a check that says `pass` or `skip`, and what is said when it does not keep that. */
#pragma once

#include "dom0/proof/claim.h"
#include "jobs/check_tests.h"

struct testclaim {
        const struct claim *claim;
        const json_t *test;
        const char *name;
        enum check_kind kind;
        bool skipped;
        bool repeats; /* it was run again and again: sums, and the best and worst of many */
};

/* "its test NAME WHAT"; false, so that a need can say `return testclaim_miss(…)`. */
__attribute__((format(printf, 2, 3))) bool testclaim_miss(
        const struct testclaim *test, const char *format, ...);
