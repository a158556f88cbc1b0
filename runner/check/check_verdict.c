#include "runner/check/check_verdict.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "jobs/check_require.h"
#include "runner/check/check_baseline.h"

/* --- rounds of a long check --- */

/* From the best to the worst. */
static const char *const ranks[] = { "skip", "pass", "notrun", "error", "fail" };

static size_t rank_of(const json_t *result)
{
        const char *status = json_string_value(json_object_get(result, "status"));
        size_t i = 0;

        while (i + 1 < sizeof(ranks) / sizeof(ranks[0]) && (!status || strcmp(ranks[i], status)))
                i++;
        return i;
}

static bool is_sum(const char *key)
{
        static const char *const keys[] = { "errors", "gbytes", "rounds", "samples", "busy_s",
                "wall_s", "arithmetic_errors" };

        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
                if (strcmp(keys[i], key) == 0)
                        return true;
        }
        return false;
}

/* Of which the least counts. */
static bool is_speed(const char *key)
{
        static const char *const keys[] = { "covered_percent", "efficiency", "multiprocessors",
                "quarters", "least_rounds", "start_c", "memory_start_c" };

        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
                if (strcmp(keys[i], key) == 0)
                        return true;
        }
        return check_baseline_is_speed(key);
}

static json_t *join_numbers(const char *key, const json_t *old, const json_t *new)
{
        double a = json_number_value(old), b = json_number_value(new);
        double value = is_sum(key) ? a + b : is_speed(key) ? fmin(a, b) : fmax(a, b);

        if (strcmp(key, "slope_c_per_min") == 0) /* the steeper, up or down */
                value = fabs(a) > fabs(b) ? a : b;

        return json_is_integer(old) && json_is_integer(new) ? json_integer((json_int_t)value)
                                                            : json_real(value);
}

/* The parts that are no numbers are those of the worse result. */
static void join(json_t *old, json_t *new)
{
        bool worse = rank_of(new) > rank_of(old);
        const char *key;
        json_t *value;

        json_object_foreach(new, key, value) {
                const json_t *own = json_object_get(old, key);

                if (json_is_number(own) && json_is_number(value))
                        json_object_set_new(old, key, join_numbers(key, own, value));
                else if (json_is_boolean(own) && json_is_boolean(value)) /* true of each turn */
                        json_object_set_new(
                                old, key, json_boolean(json_is_true(own) && json_is_true(value)));
                else if (!own || worse)
                        json_object_set(old, key, value);
        }
}

/* CHECK_KINDS: none that there is. */
static enum check_kind kind_of(const json_t *result)
{
        const char *name = json_string_value(json_object_get(result, "test"));
        enum check_kind kind;

        return name && check_kind_parse(name, strlen(name), &kind) ? kind : CHECK_KINDS;
}

/* Where it belongs, whatever the order in which the tests ran. */
static size_t place_of(const json_t *tests, const json_t *result)
{
        size_t place = json_array_size(tests);

        while (place > 0 && kind_of(json_array_get(tests, place - 1)) > kind_of(result))
                place--;
        return place;
}

void check_add_result(json_t *tests, json_t *result)
{
        const char *name = json_string_value(json_object_get(result, "test"));
        json_t *old = name ? check_result_of(tests, name) : NULL;

        if (old)
                join(old, result);
        else if (name)
                json_array_insert(tests, place_of(tests, result), result);
}

/* --- the verdict --- */

static const char *text_of(const json_t *object, const char *key)
{
        const char *text = json_string_value(json_object_get(object, key));

        return text ? text : "no reason given";
}

/* The first error of a test that could not run; a failure is worth more. */
static void judge_tests(const json_t *tests, struct evidence *evidence, char *error, size_t size)
{
        json_t *test;
        size_t i;

        json_array_foreach(tests, i, test) {
                const char *status = text_of(test, "status"), *name = text_of(test, "test");
                const char *reason = text_of(test, "reason");

                if (strcmp(status, "pass") == 0) {
                        evidence->compared++;
                } else if (strcmp(status, "fail") == 0) {
                        evidence->compared++;
                        evidence_fail(evidence, "%s: %s", name, reason);
                } else if (strcmp(status, "skip") == 0) {
                        evidence->expected--;
                        if (!evidence->skip[0])
                                snprintf(evidence->skip, sizeof(evidence->skip), "%s: %s", name,
                                        reason);
                } else if (!error[0]) {
                        snprintf(error, size, "%s: %s", name, reason);
                }
        }
}

static json_t *judge_requirement(const char *text, const json_t *tests, struct evidence *evidence)
{
        struct check_requirement requirement;
        char why[WHY_SIZE];
        json_t *result = json_pack("{s:s}", "require", text), *test, *found;
        bool met;

        if (!check_requirement_parse(text, &requirement, why))
                return result; /* the job file was refused */
        test = check_result_of(tests, check_tests[requirement.kind].name);
        found = json_object_get(test, requirement.metric);
        met = json_is_number(found) &&
              check_requirement_met(&requirement, json_number_value(found));
        if (json_is_number(found))
                json_object_set(result, "found", found);
        json_object_set_new(result, "status", json_string(met ? "pass" : "fail"));
        evidence->expected++;
        evidence->compared++;
        if (!met && json_is_number(found))
                evidence_fail(
                        evidence, "%s is required, and it is %.6g", text, json_number_value(found));
        else if (!met)
                evidence_fail(evidence, "%s is required, and it was not measured: %s", text,
                        text_of(test, "reason"));
        return result;
}

static void judge_requirements(json_t *check, const struct job *job, struct evidence *evidence)
{
        json_t *list = json_array();

        for (size_t i = 0; i < job->check.require.count; i++)
                json_array_append_new(list, judge_requirement(job->check.require.word[i],
                                                    json_object_get(check, "tests"), evidence));
        json_object_set_new(check, "requirements", list);
}

static void judge_baseline(
        json_t *check, const struct job *job, const json_t *baseline, struct evidence *evidence)
{
        size_t failed = 0, i;
        json_t *list = check_baseline_compare(
                baseline, json_object_get(check, "tests"), job->check.baseline_percent, &failed);
        json_t *one;

        json_array_foreach(list, i, one) {
                if (strcmp(text_of(one, "status"), "fail") == 0)
                        evidence_fail(evidence,
                                "%s is %.6g, more than %g %% worse than the baseline's %.6g",
                                text_of(one, "metric"),
                                json_number_value(json_object_get(one, "found")),
                                job->check.baseline_percent,
                                json_number_value(json_object_get(one, "baseline")));
        }
        evidence->expected += json_array_size(list);
        evidence->compared += json_array_size(list);
        json_object_set_new(
                check, "baseline_planned", json_integer((json_int_t)json_array_size(list)));
        json_object_set_new(check, "baseline_compared", list);
}

static void judge_devices(
        json_t *check, const struct job *job, int devices, struct evidence *evidence)
{
        if (job->check.expect_devices == 0)
                return;
        json_object_set_new(check, "devices", json_integer(devices));
        evidence->expected++;
        evidence->compared++;
        if ((uint32_t)devices != job->check.expect_devices)
                evidence_fail(evidence, "Expect-Devices=%u, but the driver shows %d",
                        job->check.expect_devices, devices);
}

void check_judge(json_t *check, const struct job *job, const json_t *baseline, int devices,
        size_t planned, struct evidence *evidence)
{
        char error[JOB_MAX_ERROR] = "";

        evidence->expected = planned;
        judge_tests(json_object_get(check, "tests"), evidence, error, sizeof(error));
        judge_requirements(check, job, evidence);
        judge_devices(check, job, devices, evidence);
        if (baseline)
                judge_baseline(check, job, baseline, evidence);
        /* Nothing that was not done can pass; what failed is told first. */
        if (error[0] && evidence->failed == 0 && !evidence->error[0])
                snprintf(evidence->error, sizeof(evidence->error), "%s", error);
}
