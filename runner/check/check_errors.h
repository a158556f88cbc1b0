/* What the kernels' report (kernels/check/report.h) says, in order and as JSON. Pure. */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "kernels/check/report.h"

#define CHECK_SHOWN_ERRORS 64u /* in full; all are counted */

/* The bytes that a report's errors may lie in: [base, base + (64 << shift)). */
unsigned check_range_shift(uint64_t bytes);

/* How many errors of the report are there to see. */
uint32_t check_errors_kept(const struct check_report *report);

/* Puts the errors that were kept into the order of their places. */
void check_errors_sort(struct check_report *report);

/*
 * Adds "by_bit" (a list of 64 counts) and "by_range" (a list of {"from", "to", "errors"}, byte
 * offsets) to `result`.
 */
void check_errors_add_histograms(json_t *result, const struct check_report *report, unsigned shift);

/* {"address", "offset", "expected", "found", "again", "bits"}: one wrong word of memory. */
json_t *check_error_of_memory(const struct check_error *error, uint64_t base);

/*
 * The same of a word that a multiprocessor went wrong about, with what it "computed" instead of
 * `expected`, and "multiprocessor" and "quarter".
 */
json_t *check_error_of_expectation(
        const struct check_error *error, uint64_t base, uint64_t expected);

/* {"multiprocessor", "quarter", "index", "expected", "found"}: one wrong result of a unit. */
json_t *check_error_of_unit(const struct check_error *error);

/* A list of {"multiprocessor", "errors", "quarters"}: the last is the errors of each of the four.
 */
json_t *check_errors_by_multiprocessor(const struct check_report *report);

/* What the rounds of an arithmetic test reached. */
struct check_coverage {
        unsigned multiprocessors; /* on which a warp ended a round */
        unsigned quarters;        /* of them, that have worked on every set */
        uint32_t least;           /* rounds that any of their quarters had with any set */
        unsigned missed_multiprocessor, missed_quarter, missed_set; /* where least is 0 */
};

/* With so many sets of operands, at most CHECK_SETS. */
void check_coverage(
        const struct check_report *report, unsigned sets, struct check_coverage *ret_coverage);
