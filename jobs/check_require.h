/*
 * Require=TEST.METRIC>=NUMBER of a check: how it is written, and whether a result meets it. Pure.
 */
#pragma once

#include "jobs/check_tests.h"
#include "lib/words.h"

enum check_relation { CHECK_AT_LEAST, CHECK_AT_MOST, CHECK_ABOVE, CHECK_BELOW };

struct check_requirement {
        enum check_kind kind;
        char metric[32];
        enum check_relation relation;
        double number; /* finite */
};

/* Blanks around the relation are allowed. When false, `why` (WHY_SIZE) says what is wrong. */
bool check_requirement_parse(
        const char *text, struct check_requirement *ret_requirement, char *why);

bool check_requirement_met(const struct check_requirement *requirement, double found);
