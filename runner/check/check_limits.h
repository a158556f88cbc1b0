/*
 * Limits that need no earlier run and no other GPU: what share of what its units could do at their
 * clock a GPU reached, and the least that its model does. Pure; docs/validation.md has the tables'
 * sources.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "jobs/check_tests.h"

/* What it is. */
struct check_model {
        const char *name;   /* CUDA's */
        const char *pci_id; /* four hexadecimal digits; "" when it cannot be read */
        int compute;        /* 10 * major + minor */
        long long multiprocessors;
};

/*
 * `rate` (10^12 operations a second) over that of its units at so many MHz; 0: how many operations
 * they do in a clock is not known of this test, path and compute capability, or there is no clock.
 */
double check_efficiency(enum check_kind kind, const char *path, const struct check_model *model,
        double rate, double clock_mhz);

/* What its memory moves at most by NVIDIA's data sheet; 0: the model is not in the table. */
double check_memory_gbps(const struct check_model *model);

/*
 * What the results come to: a list of {"metric", "kind", "status"} with "found", "limit" and
 * "source" where there is a limit, and a "reason" where there is none. `ret_failed` counts those
 * that fail, `ret_unknown` those without a limit.
 */
json_t *check_limits_judge(const json_t *tests, const struct check_model *model, size_t *ret_failed,
        size_t *ret_unknown);
