/* One line of [Expect]: FILE=sha256:HEX or FILE=like REFERENCE [tolerance T] as TYPE. Pure. */
#ifndef FORESTAGE_JOBS_EXPECT_H
#define FORESTAGE_JOBS_EXPECT_H

#include "jobs/argument.h"

/* Fills `ret_expectation` or, when false, `why` (WHY_SIZE bytes) with the reason in one line. */
bool expectation_parse(
        const char *file, const char *text, struct expectation *ret_expectation, char *why);

#endif
