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

/* {"multiprocessor", "index", "expected", "found"}: one wrong result of a unit. */
json_t *check_error_of_unit(const struct check_error *error);

/* A list of {"multiprocessor", "errors"}. */
json_t *check_errors_by_multiprocessor(const struct check_report *report);

/* Multiprocessors on which a block ran to its end. */
unsigned check_multiprocessors(const struct check_report *report);
