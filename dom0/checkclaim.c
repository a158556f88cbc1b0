/* What a check must have found for its pass, or its skip, to be believed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/claim.h"
#include "dom0/escape.h"
#include "runner/check_baseline.h"
#include "runner/check_require.h"

#define COVERED_PERCENT 97.9 /* of the free memory, at least: the runner's 98, in whole bytes */

static const json_t *check_of(const struct claim *claim)
{
        return json_object_get(claim->result, "check");
}

static json_t *tests_of(const struct claim *claim)
{
        return json_object_get(check_of(claim), "tests");
}

/* --- which tests there are --- */

static bool level_kept(const struct claim *claim)
{
        return json_equal(json_object_get(claim->promise, "level"),
                       json_object_get(check_of(claim), "level")) ||
               (!json_object_get(claim->promise, "level") &&
                       !json_object_get(check_of(claim), "level")) ||
               claim_miss(claim, "its level is not the one that was planned");
}

/* The number of GPUs is recorded when one was asked for. */
static bool devices_counted(const struct claim *claim)
{
        const json_t *planned = json_object_get(claim->promise, "devices");
        const json_t *found = json_object_get(check_of(claim), "devices");

        if (!json_is_integer(planned))
                return !found || claim_miss(claim, "it counted the GPUs, which is not planned");
        return json_equal(planned, found) ||
               claim_miss(claim, "it was to see %lld GPUs and says that it saw %lld",
                       (long long)json_integer_value(planned),
                       (long long)json_integer_value(found));
}

static bool check_planned(const struct claim *claim)
{
        static const char *const keys[] = { "tests", "require", "devices", "baseline_percent" };

        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
                if (!json_object_get(claim->promise, keys[i]))
                        return claim_miss(
                                claim, "the plan does not say what its \"%s\" is", keys[i]);
        return true;
}

bool claim_check_there(const struct claim *claim)
{
        const json_t *tests = tests_of(claim), *planned = json_object_get(claim->promise, "tests");
        const json_t *count = json_object_get(check_of(claim), "planned");

        if (!json_is_array(tests))
                return claim_miss(claim, "it has no results of any test");
        if (!claim->strict)
                return !json_is_integer(count) ||
                       (size_t)json_integer_value(count) == json_array_size(tests) ||
                       claim_miss(claim, "%lld of its tests were planned and %zu were recorded",
                               (long long)json_integer_value(count), json_array_size(tests));
        if (!check_planned(claim))
                return false;
        if (!json_is_integer(count) ||
                (size_t)json_integer_value(count) != json_array_size(planned))
                return claim_miss(claim, "its number of planned tests is not that of the plan");
        return level_kept(claim) && devices_counted(claim);
}

static bool tests_planned(const struct claim *claim)
{
        json_t *one;
        size_t i;

        json_array_foreach(tests_of(claim), i, one)
        {
                const char *name = claim_text(one, "test");

                if (json_object_get(claim->tests, name) != one)
                        return claim_miss(
                                claim, "its test %s was recorded twice", shown_string(name).text);
                if (claim->strict && !json_object_get(claim->planned_tests, name))
                        return claim_miss(
                                claim, "its test %s is not planned", shown_string(name).text);
        }
        json_array_foreach(json_object_get(claim->promise, "tests"), i, one)
        {
                if (!json_object_get(claim->tests, json_string_value(one)))
                        return claim_miss(claim, "its test %s was never run",
                                shown_string(json_string_value(one)).text);
        }
        return true;
}

/* --- what each found --- */

static bool begins(const char *text, const char *start)
{
        return strncmp(text, start, strlen(start)) == 0;
}

/* Lists that are there, and have something in them, only when something is wrong. */
static const char *trouble_of(const json_t *test)
{
        static const char *const keys[] = { "first_errors", "by_range", "wrong_multiprocessors",
                "rises", "xids" };

        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
                if (json_array_size(json_object_get(test, keys[i])) > 0)
                        return keys[i];
        return json_object_get(test, "by_bit") ? "by_bit" : NULL;
}

static bool pairs_right(const struct claim *claim, const json_t *test)
{
        json_t *pair;
        size_t i;

        json_array_foreach(json_object_get(test, "pairs"), i, pair)
        {
                if (json_integer_value(json_object_get(pair, "errors")) != 0)
                        return claim_miss(claim, "its test %s has errors between two GPUs",
                                shown_string(claim_text(test, "test")).text);
        }
        return true;
}

/* `passed`: it was run, and has to say how many errors there were. */
static bool no_errors(const struct claim *claim, const json_t *test, bool passed)
{
        const char *name = claim_text(test, "test"), *trouble = trouble_of(test);
        const json_t *errors = json_object_get(test, "errors");
        bool counts = begins(name, "memory-") || begins(name, "compute-") || begins(name, "copy-");

        if (claim->strict && passed && counts && !errors)
                return claim_miss(claim, "its test %s passes without a count of errors",
                        shown_string(name).text);
        if (errors && json_integer_value(errors) != 0)
                return claim_miss(claim, "its test %s has %lld errors", shown_string(name).text,
                        (long long)json_integer_value(errors));
        if (trouble)
                return claim_miss(
                        claim, "its test %s passes with \"%s\"", shown_string(name).text, trouble);
        return pairs_right(claim, test);
}

/* All of the GPU was tested: its multiprocessors, and as good as all of its free memory. */
static bool all_of_it(const struct claim *claim, const json_t *test)
{
        const char *name = claim_text(test, "test");
        const json_t *reached = json_object_get(test, "multiprocessors");
        const json_t *there = json_object_get(claim->device, "multiprocessors");
        const json_t *covered = json_object_get(test, "covered_percent");

        if (claim->strict && begins(name, "compute-") && !reached)
                return claim_miss(claim, "its test %s does not say how many multiprocessors worked",
                        shown_string(name).text);
        if (claim->strict && begins(name, "memory-") && !covered)
                return claim_miss(claim, "its test %s does not say how much memory it covered",
                        shown_string(name).text);
        if (reached && json_integer_value(reached) < json_integer_value(there))
                return claim_miss(claim, "its test %s reached %lld of %lld multiprocessors",
                        shown_string(name).text, (long long)json_integer_value(reached),
                        (long long)json_integer_value(there));
        if (covered && !json_is_true(json_object_get(claim->result, "rehearsal")) &&
                json_number_value(covered) < COVERED_PERCENT)
                return claim_miss(claim, "its test %s covered %.3g %% of the memory",
                        shown_string(name).text, json_number_value(covered));
        return true;
}

/* What a test that did its work has measured, by the start of its name. */
static const struct {
        const char *test, *key;
        bool something; /* more than 0 */
} measured[] = {
        { "memory-", "gbytes", true },
        { "memory-", "memory_bytes", true },
        { "memory-", "rounds", true },
        { "compute-fp", "tflops", true },
        { "compute-bf", "tflops", true },
        { "compute-tf", "tflops", true },
        { "compute-int", "tops", true },
        { "compute-", "busy_s", true },
        { "copy-", "gbps", true },
        { "copy-", "samples", true },
        { "copy-p2p", "pairs", false },
        { "latency", "launch_us", false },
        { "latency", "copy_us", false },
        { "latency", "memory_ns", false },
        { "health", "before", false },
        { "health", "after", false },
        { "health", "rises", false },
};

static bool did_work(const struct claim *claim, const json_t *test)
{
        const char *name = claim_text(test, "test");

        for (size_t i = 0; claim->strict && i < sizeof(measured) / sizeof(measured[0]); i++) {
                const json_t *value = json_object_get(test, measured[i].key);

                if (!begins(name, measured[i].test))
                        continue;
                if (!value || (measured[i].something && json_number_value(value) <= 0))
                        return claim_miss(claim, "its test %s has %s \"%s\"",
                                shown_string(name).text, value ? "nothing in its" : "no",
                                measured[i].key);
        }
        return true;
}

static bool test_holds(const struct claim *claim, const json_t *test, size_t *passed)
{
        const char *status = claim_text(test, "status"), *name = claim_text(test, "test");
        bool skipped = strcmp(status, "skip") == 0;

        if (skipped && !*claim_text(test, "reason"))
                return claim_miss(
                        claim, "its test %s was skipped without a reason", shown_string(name).text);
        if (!skipped && strcmp(status, "pass") != 0)
                return claim_miss(claim, "its test %s says %s", shown_string(name).text,
                        shown_string(status).text);
        *passed += !skipped;
        return no_errors(claim, test, !skipped) &&
               (skipped || (all_of_it(claim, test) && did_work(claim, test)));
}

/* The tests ran one after the other, in the time of the job. */
static bool tests_fit(const struct claim *claim)
{
        double wall = json_number_value(json_object_get(claim->result, "wall_s")), sum = 0;
        json_t *test;
        size_t i;

        json_array_foreach(tests_of(claim), i, test)
        {
                sum += json_number_value(json_object_get(test, "wall_s"));
        }
        return !claim->strict || sum <= wall + CLOCK_SLACK_S ||
               claim_miss(claim, "its tests took longer than it did");
}

bool claim_tests_passed(const struct claim *claim)
{
        size_t passed = 0, i;
        json_t *test;

        json_array_foreach(tests_of(claim), i, test)
        {
                if (!test_holds(claim, test, &passed))
                        return false;
        }
        if (passed == 0)
                return claim_miss(claim, "none of its tests passed");
        return tests_planned(claim) && tests_fit(claim);
}

/* Either it was never begun, or every one of its tests does not apply here. */
bool claim_tests_skipped(const struct claim *claim)
{
        size_t passed = 0, i;
        json_t *test;

        if (json_is_null(json_object_get(claim->result, "device")))
                return !check_of(claim) ||
                       claim_miss(claim, "it has results, and ran on no device");
        if (!claim_check_there(claim))
                return false;
        json_array_foreach(tests_of(claim), i, test)
        {
                if (!test_holds(claim, test, &passed))
                        return false;
        }
        if (passed > 0)
                return claim_miss(claim, "one of its tests was not skipped");
        return tests_planned(claim);
}

/* --- what was required of them --- */

/* The number that a test has under "TEST.METRIC"; NULL: none. */
static const json_t *metric_of(const struct claim *claim, const char *metric)
{
        const char *dot = strchr(metric, '.');
        char name[64];

        if (!dot || (size_t)(dot - metric) >= sizeof(name))
                return NULL;
        memcpy(name, metric, (size_t)(dot - metric));
        name[dot - metric] = '\0';
        return json_object_get(json_object_get(claim->tests, name), dot + 1);
}

static bool same_number(const json_t *a, const json_t *b)
{
        return json_is_number(a) && json_is_number(b) &&
               json_number_value(a) == json_number_value(b);
}

static bool requirement_met(const struct claim *claim, const json_t *one)
{
        const char *text = claim_text(one, "require");
        const json_t *found = json_object_get(one, "found");
        struct check_requirement requirement;
        char why[WHY_SIZE], metric[96];

        if (strcmp(claim_text(one, "status"), "pass") != 0)
                return claim_miss(claim, "its requirement %s says %s", shown_string(text).text,
                        shown_string(claim_text(one, "status")).text);
        if (!check_requirement_parse(text, &requirement, why))
                return claim_miss(
                        claim, "its requirement %s cannot be read", shown_string(text).text);
        snprintf(metric, sizeof(metric), "%s.%s", check_tests[requirement.kind].name,
                requirement.metric);
        if (!same_number(found, metric_of(claim, metric)))
                return claim_miss(claim,
                        "its requirement %s was not held against what its test "
                        "found",
                        shown_string(text).text);
        return check_requirement_met(&requirement, json_number_value(found)) ||
               claim_miss(claim, "its requirement %s is not met: it is %.6g",
                       shown_string(text).text, json_number_value(found));
}

bool claim_requirements_met(const struct claim *claim)
{
        json_t *list = json_object_get(check_of(claim), "requirements"), *one;
        const json_t *planned = json_object_get(claim->promise, "require");
        size_t i;

        json_array_foreach(planned, i, one)
        {
                const char *text = json_string_value(one);

                if (strcmp(claim_text(json_array_get(list, i), "require"), text) != 0)
                        return claim_miss(claim, "its requirement %s was never compared",
                                shown_string(text).text);
        }
        if (claim->strict && json_array_size(list) != json_array_size(planned))
                return claim_miss(claim, "it has requirements that are not planned");
        json_array_foreach(list, i, one)
        {
                if (!requirement_met(claim, one))
                        return false;
        }
        return true;
}

static bool baseline_held(const struct claim *claim, const json_t *one, const json_t *percent)
{
        const char *metric = claim_text(one, "metric");
        const json_t *found = json_object_get(one, "found");

        if (strcmp(claim_text(one, "status"), "pass") != 0)
                return claim_miss(claim, "its %s, compared with the baseline, says %s",
                        shown_string(metric).text, shown_string(claim_text(one, "status")).text);
        if (!same_number(found, metric_of(claim, metric)))
                return claim_miss(claim,
                        "its %s was compared with the baseline, and is not what "
                        "its test found",
                        shown_string(metric).text);
        return !percent ||
               check_baseline_holds(metric, json_number_value(json_object_get(one, "baseline")),
                       json_number_value(found), json_number_value(percent)) ||
               claim_miss(claim, "its %s is worse than the baseline", shown_string(metric).text);
}

bool claim_baseline_held(const struct claim *claim)
{
        const json_t *percent = json_object_get(claim->promise, "baseline_percent");
        const json_t *planned = json_object_get(check_of(claim), "baseline_planned");
        json_t *list = json_object_get(check_of(claim), "baseline_compared"), *one;
        size_t i;

        if (!json_is_number(percent))
                percent = NULL;
        if (percent && !json_is_array(list))
                return claim_miss(claim, "it was never compared with its baseline");
        if (claim->strict && !percent && (list || planned))
                return claim_miss(claim, "it was compared with a baseline, which is not planned");
        if (percent && (!planned || (size_t)json_integer_value(planned) != json_array_size(list)))
                return claim_miss(claim,
                        "%lld numbers of its baseline were to be compared, and %zu "
                        "were",
                        (long long)json_integer_value(planned), json_array_size(list));
        json_array_foreach(list, i, one)
        {
                if (!baseline_held(claim, one, percent))
                        return false;
        }
        return true;
}

/* The file for later runs is made of what the tests found: it tells the same. */
bool claim_baseline_left(const struct claim *claim)
{
        char path[2 * REGION_MAX_NAME], *text;
        const struct run_file *file;
        json_t *made;
        bool same;

        if (!claim->strict)
                return true;
        snprintf(path, sizeof(path), "jobs/%s/" CHECK_BASELINE_FILE, claim->key);
        file = reader_find_file(claim->reader, path);
        if (!file)
                return claim_miss(claim, "it left no file " CHECK_BASELINE_FILE);
        made = check_baseline_make(claim_text(claim->result, "uuid"), tests_of(claim));
        text = json_dumps(made, CHECK_BASELINE_FLAGS);
        same = text && strlen(text) == file->length && memcmp(text, file->data, file->length) == 0;
        free(text);
        json_decref(made);
        return same || claim_miss(claim, "its file " CHECK_BASELINE_FILE
                                         " does not hold what its tests found");
}
