/*
 * What is recorded of the tests of a check that broke off: of the one that was under way what had
 * come out of it, of those behind it that they were not run. Pure.
 */
#pragma once

#include <jansson.h>

#include "jobs/job.h"
#include "runner/record/outcome.h"

/* The test under way, as the check has told of it. */
struct check_part {
        const char *test;        /* NULL: none is; they had not begun, or all were done */
        double since;            /* clock_seconds */
        json_t *result;          /* what had come out of it; NULL: nothing */
        double gbytes, teraflop; /* what it has moved and computed so far */
};

/*
 * Adds to the list `tests` what it lacks: the test under way, which failed if it had found wrong
 * results and is an error otherwise, with the end that `evidence` tells as its reason; and those
 * that were not reached. Nothing, where no test is under way.
 */
void check_add_unfinished(json_t *tests, const struct job *job, const struct check_part *part,
        double now, const struct evidence *evidence);
