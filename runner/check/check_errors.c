#include "runner/check/check_errors.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

unsigned check_range_shift(uint64_t bytes)
{
        unsigned shift = 0;

        while (bytes > 0 && (bytes - 1) >> shift >= CHECK_RANGES)
                shift++;
        return shift;
}

uint32_t check_errors_kept(const struct check_report *report)
{
        return report->recorded < CHECK_MAX_ERRORS ? report->recorded : CHECK_MAX_ERRORS;
}

static int compare(const void *left, const void *right)
{
        const struct check_error *a = left, *b = right;

        if (a->where != b->where)
                return a->where < b->where ? -1 : 1;
        return (a->sm > b->sm) - (a->sm < b->sm);
}

void check_errors_sort(struct check_report *report)
{
        qsort(report->error, check_errors_kept(report), sizeof(report->error[0]), compare);
}

void check_errors_add_histograms(json_t *result, const struct check_report *report, unsigned shift)
{
        json_t *bits = json_array(), *ranges = json_array();

        for (unsigned i = 0; i < 64; i++)
                json_array_append_new(bits, json_integer((json_int_t)report->bit[i]));
        for (unsigned i = 0; i < CHECK_RANGES; i++) {
                if (report->range[i] > 0)
                        json_array_append_new(
                                ranges, json_pack("{s:I, s:I, s:I}", "from", (json_int_t)i << shift,
                                                "to", (json_int_t)(i + 1) << shift, "errors",
                                                (json_int_t)report->range[i]));
        }
        json_object_set_new(result, "by_bit", bits);
        json_object_set_new(result, "by_range", ranges);
}

/* 64 bits are more than some readers of JSON keep: text. */
static json_t *hexadecimal(uint64_t value)
{
        char text[24];

        snprintf(text, sizeof(text), "0x%016llx", (unsigned long long)value);
        return json_string(text);
}

json_t *check_error_of_memory(const struct check_error *error, uint64_t base)
{
        json_t *bits = json_array();

        for (int i = 0; i < 64; i++) {
                if ((error->expected ^ error->found) >> i & 1)
                        json_array_append_new(bits, json_integer(i));
        }
        return json_pack("{s:o, s:I, s:o, s:o, s:o, s:o}", "address", hexadecimal(error->where),
                "offset", (json_int_t)(error->where - base), "expected",
                hexadecimal(error->expected), "found", hexadecimal(error->found), "again",
                hexadecimal(error->again), "bits", bits);
}

json_t *check_error_of_expectation(
        const struct check_error *error, uint64_t base, uint64_t expected)
{
        struct check_error right = *error;
        json_t *object;

        right.expected = expected;
        object = check_error_of_memory(&right, base);
        json_object_set_new(object, "computed", hexadecimal(error->expected));
        json_object_set_new(object, "multiprocessor", json_integer(error->sm));
        json_object_set_new(object, "quarter", json_integer(error->quarter));
        return object;
}

json_t *check_error_of_unit(const struct check_error *error)
{
        return json_pack("{s:i, s:i, s:I, s:o, s:o}", "multiprocessor", (int)error->sm, "quarter",
                (int)error->quarter, "index", (json_int_t)error->where, "expected",
                hexadecimal(error->expected), "found", hexadecimal(error->found));
}

json_t *check_errors_by_multiprocessor(const struct check_report *report)
{
        json_t *list = json_array();

        for (unsigned i = 0; i < CHECK_MAX_SM; i++) {
                json_t *quarters = json_array();
                uint64_t errors = 0;

                for (unsigned j = 0; j < CHECK_QUARTERS; j++) {
                        errors += report->wrong[i][j];
                        json_array_append_new(quarters, json_integer(report->wrong[i][j]));
                }
                if (errors > 0)
                        json_array_append_new(
                                list, json_pack("{s:i, s:I, s:O}", "multiprocessor", (int)i,
                                              "errors", (json_int_t)errors, "quarters", quarters));
                json_decref(quarters);
        }
        return list;
}

static bool has_worked(const struct check_report *report, unsigned multiprocessor)
{
        static const unsigned int none[CHECK_QUARTERS][CHECK_SETS];

        return memcmp(report->runs[multiprocessor], none, sizeof(none)) != 0;
}

/* One multiprocessor: the first thing that is missing anywhere is kept. */
static void cover(const struct check_report *report, unsigned number, unsigned sets,
        struct check_coverage *coverage)
{
        for (unsigned i = 0; i < CHECK_QUARTERS; i++) {
                bool whole = true;

                for (unsigned j = 0; j < sets; j++) {
                        uint32_t runs = report->runs[number][i][j];

                        whole = whole && runs > 0;
                        if (runs >= coverage->least)
                                continue;
                        coverage->least = runs;
                        coverage->missed_multiprocessor = number;
                        coverage->missed_quarter = i;
                        coverage->missed_set = j;
                }
                coverage->quarters += whole;
        }
}

void check_coverage(
        const struct check_report *report, unsigned sets, struct check_coverage *ret_coverage)
{
        struct check_coverage coverage = { .least = UINT32_MAX };

        for (unsigned i = 0; i < CHECK_MAX_SM; i++) {
                if (!has_worked(report, i))
                        continue;
                coverage.multiprocessors++;
                cover(report, i, sets, &coverage);
        }
        if (coverage.multiprocessors == 0)
                coverage.least = 0;
        *ret_coverage = coverage;
}
