#include "runner/check/check_errors.h"

#include <stdio.h>
#include <stdlib.h>

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

json_t *check_error_of_unit(const struct check_error *error)
{
        return json_pack("{s:i, s:I, s:o, s:o}", "multiprocessor", (int)error->sm, "index",
                (json_int_t)error->where, "expected", hexadecimal(error->expected), "found",
                hexadecimal(error->found));
}

json_t *check_errors_by_multiprocessor(const struct check_report *report)
{
        json_t *list = json_array();

        for (unsigned i = 0; i < CHECK_MAX_SM; i++) {
                if (report->sm_errors[i] > 0)
                        json_array_append_new(
                                list, json_pack("{s:i, s:I}", "multiprocessor", (int)i, "errors",
                                              (json_int_t)report->sm_errors[i]));
        }
        return list;
}

unsigned check_multiprocessors(const struct check_report *report)
{
        unsigned count = 0;

        for (unsigned i = 0; i < CHECK_MAX_SM; i++)
                count += report->sm_runs[i] > 0;
        return count;
}
