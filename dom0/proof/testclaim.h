/* One test of a check that says `pass` or `skip`; not for others than claim.h's. */
#ifndef FORESTAGE_DOM0_PROOF_TESTCLAIM_H
#define FORESTAGE_DOM0_PROOF_TESTCLAIM_H

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

/* Whether it keeps what it says. `ret_skipped`: that is that it was skipped. */
bool testclaim_holds(const struct claim *claim, const json_t *object, bool *ret_skipped);

/* Of health: what was read before and after is no reason to fail, and is what was told of it. */
bool testclaim_health_holds(const struct testclaim *test);

#endif
