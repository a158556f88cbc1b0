/*
 * Comparing a GPU's numbers with its own of an earlier run. Pure.
 *
 * A baseline is a JSON object with one member a GPU, named by its UUID, that holds one member a
 * test with the test's metrics: {"GPU-…": {"copy-h2d": {"gbps": 54.1}}}. Every check writes its own
 * as the file baseline.json. Only speeds and latencies are compared.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

/* The file's name, and how its JSON is written. */
#define CHECK_BASELINE_FILE  "baseline.json"
#define CHECK_BASELINE_FLAGS (JSON_INDENT(2) | JSON_REAL_PRECISION(9))

/* What a check with these results ("tests" of docs/records.md) leaves as a baseline. */
json_t *check_baseline_make(const char *uuid, const json_t *tests);

/* The GPU's member of a baseline, borrowed, or NULL. */
const json_t *check_baseline_of(const json_t *baseline, const char *uuid);

/*
 * A list of {"metric", "baseline", "found", "status"}, one for each comparable number of the
 * baseline; one that this run has not measured has no "found" and fails, one that is more than
 * `percent` worse fails too. `ret_failed` counts them.
 */
json_t *check_baseline_compare(
        const json_t *baseline, const json_t *tests, double percent, size_t *ret_failed);

/* Whether TEST.METRIC, with a speed or a latency, is not more than `percent` worse than before. */
bool check_baseline_holds(const char *metric, double before, double now, double percent);

/* Whether more of it is better. */
bool check_baseline_is_speed(const char *metric);

/* The test's object in a list of results, or NULL. */
json_t *check_result_of(const json_t *tests, const char *name);
