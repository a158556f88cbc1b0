/*
 * What faults were planted to try the tests, and how many were found: docs/coverage.tsv, which is
 * part of the program, read, and shown beside the tests of a run. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "dom0/sheet/sheet.h"

#define COVERAGE_FIELDS 7u /* of a line at most */

/* A line: its fields, which end at a tab or the end of the line. */
struct coverage_line {
        struct {
                const char *text;
                int length;
        } field[COVERAGE_FIELDS];
        size_t fields;
};

extern const char coverage_text[]; /* the file */

/* The next line of `*at` that is no comment, and moves `*at` behind it; false: there is none. More
 * fields than there may be are counted only. */
bool coverage_next(const char **at, struct coverage_line *ret_line);

/* Whether a field has this text. */
bool coverage_is(const struct coverage_line *line, size_t field, const char *text);

/* A field as a number of faults; false: it is none. */
bool coverage_number(const struct coverage_line *line, size_t field, size_t *ret_number);

/* The fields of the three kinds of lines; field 0 is the kind: "run", "fault", "untested". */
enum coverage_run {
        COVERAGE_ID = 1,
        COVERAGE_GPU,
        COVERAGE_DRIVER,
        COVERAGE_DATE,
        COVERAGE_COMMIT,
        COVERAGE_WHAT
};
enum coverage_fault {
        COVERAGE_UNIT = 1,
        COVERAGE_TEST,
        COVERAGE_KIND,
        COVERAGE_PLANTED,
        COVERAGE_FOUND,
        COVERAGE_RUN
};

void coverage_put(const struct sheet *sheet);
