/* What a check must have found for its pass, or its skip, to be believed. */
#include "dom0/proof/checkclaim.h"

#include <stdio.h>
#include <string.h>

#include "dom0/base/escape.h"
#include "dom0/base/json.h"
#include "dom0/proof/testclaim.h"
#include "dom0/run/file.h"
#include "jobs/check_require.h"
#include "lib/cleanup.h"
#include "runner/check/check_baseline.h"

static const json_t *check_of(const struct claim *claim)
{
        return get_value(claim->result, "check");
}

static json_t *tests_of(const struct claim *claim)
{
        return get_value(check_of(claim), "tests");
}

static bool same_number(const json_t *a, const json_t *b)
{
        return json_is_number(a) && json_is_number(b) &&
               json_number_value(a) == json_number_value(b);
}

/* --- which tests there are --- */

static bool level_kept(const struct claim *claim)
{
        return json_equal(
                       get_value(claim->promise, "level"), get_value(check_of(claim), "level")) ||
               (!get_value(claim->promise, "level") && !get_value(check_of(claim), "level")) ||
               claim_miss(claim, "its level is not the one that was planned");
}

/* The number of GPUs is recorded when one was asked for. */
static bool devices_counted(const struct claim *claim)
{
        const json_t *planned = get_value(claim->promise, "devices");
        const json_t *found = get_value(check_of(claim), "devices");

        if (!json_is_integer(planned))
                return !found || claim_miss(claim, "it counted the GPUs, which is not planned");
        if (!json_equal(planned, found))
                return claim_miss(claim, "it was to see %lld GPUs and says that it saw %lld",
                        (long long)json_integer_value(planned),
                        (long long)json_integer_value(found));
        return (size_t)json_integer_value(found) == json_array_size(claim->intake->run->devices) ||
               claim_miss(claim, "it saw %lld GPUs, and run.devices does not have as many",
                       (long long)json_integer_value(found));
}

static size_t tests_of_level(const char *name)
{
        enum check_level level;

        return check_level_parse(name, &level) ? (size_t)__builtin_popcountll(check_of_level(level))
                                               : CHECK_KINDS;
}

/* Tests that there are, in the order in which they run; of a level all, for as long as it says. */
static bool kinds_planned(const struct claim *claim)
{
        const char *level = get_text(claim->promise, "level");
        json_t *planned = get_value(claim->promise, "tests"), *one;
        int before = -1;
        size_t i;

        json_array_foreach(planned, i, one) {
                const char *name = json_string_value(one);
                enum check_kind kind;

                if (!check_kind_parse(name, strlen(name), &kind) || (int)kind <= before)
                        return claim_miss(claim,
                                "the plan has a test %s that is none, or not in "
                                "its place",
                                SHOWN(name));
                before = (int)kind;
        }
        if (*level && i != tests_of_level(level))
                return claim_miss(claim, "the plan has not every test of its level");
        return !*level ||
               (strcmp(level, "long") == 0) ==
                       json_is_number(get_value(claim->promise, "duration_s")) ||
               claim_miss(claim, "the plan has another duration than its level");
}

static bool check_planned(const struct claim *claim)
{
        static const char *const keys[] = { "tests", "require", "devices", "baseline_percent",
                "duration_s" };

        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
                if (!get_value(claim->promise, keys[i]))
                        return claim_miss(
                                claim, "the plan does not say what its \"%s\" is", keys[i]);
        return kinds_planned(claim);
}

bool claim_check_there(const struct claim *claim)
{
        const json_t *tests = tests_of(claim), *planned = get_value(claim->promise, "tests");
        const json_t *count = get_value(check_of(claim), "planned");

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

        json_array_foreach(tests_of(claim), i, one) {
                const char *name = get_text(one, "test");

                if (get_value(claim->tests, name) != one)
                        return claim_miss(claim, "its test %s was recorded twice", SHOWN(name));
                if (claim->strict && !get_value(claim->planned_tests, name))
                        return claim_miss(claim, "its test %s is not planned", SHOWN(name));
        }
        json_array_foreach(get_value(claim->promise, "tests"), i, one) {
                const json_t *found = get_value(claim->tests, json_string_value(one));

                if (!found)
                        return claim_miss(
                                claim, "its test %s was never run", SHOWN(json_string_value(one)));
                if (found != json_array_get(tests_of(claim), i))
                        return claim_miss(claim, "its test %s was not run in its turn",
                                SHOWN(json_string_value(one)));
        }
        return true;
}

/* The tests ran one after the other, in the time of the job. */
static bool tests_fit(const struct claim *claim)
{
        const json_t *duration = get_value(claim->promise, "duration_s");
        double wall = get_number(claim->result, "wall_s"), sum = 0;
        json_t *test;
        size_t i;

        json_array_foreach(tests_of(claim), i, test) {
                sum += get_number(test, "wall_s");
        }
        if (!claim->strict)
                return true;
        if (json_is_number(duration) &&
                !same_number(duration, get_value(check_of(claim), "estimate_s")))
                return claim_miss(claim, "it went on for another time than was planned");
        if (json_is_number(duration) && wall < json_number_value(duration))
                return claim_miss(claim, "it ended before its time was over");
        return sum <= wall + CLOCK_SLACK_S ||
               claim_miss(claim, "its tests took longer than it did");
}

static bool tests_hold(const struct claim *claim, size_t *ret_passed)
{
        size_t passed = 0, i;
        json_t *test;
        bool skipped;

        json_array_foreach(tests_of(claim), i, test) {
                if (!testclaim_holds(claim, test, &skipped))
                        return false;
                passed += !skipped;
        }
        *ret_passed = passed;
        return tests_planned(claim);
}

/* What the GPU has, and no test of it went through. */
static void warn_of_untested(const struct claim *claim)
{
        const char *untested = "";
        size_t count = 0, i;
        json_t *test;

        json_array_foreach(tests_of(claim), i, test) {
                if (!*get_text(test, "untested"))
                        continue;
                untested = get_text(test, "untested");
                count++;
        }
        if (count > 0)
                problem(&claim->intake->run->warnings,
                        "job %s: %zu of its tests went another way than %s, which is untested",
                        claim->key, count, SHOWN(untested));
}

bool claim_tests_passed(const struct claim *claim)
{
        size_t passed;

        if (!tests_hold(claim, &passed))
                return false;
        if (passed == 0)
                return claim_miss(claim, "none of its tests passed");
        warn_of_untested(claim);
        return tests_fit(claim);
}

/* Either it was never begun, or every one of its tests does not apply here. */
bool claim_tests_skipped(const struct claim *claim)
{
        size_t passed;

        if (json_is_null(get_value(claim->result, "device")))
                return !check_of(claim) ||
                       claim_miss(claim, "it has results, and ran on no device");
        if (!claim_check_there(claim))
                return false;
        return tests_hold(claim, &passed) &&
               (passed == 0 || claim_miss(claim, "one of its tests was not skipped"));
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
        return get_value(get_value(claim->tests, name), dot + 1);
}

static bool requirement_met(const struct claim *claim, const json_t *one)
{
        const char *text = get_text(one, "require");
        const json_t *found = get_value(one, "found");
        struct check_requirement requirement;
        char why[WHY_SIZE], metric[96];

        if (strcmp(get_text(one, "status"), "pass") != 0)
                return claim_miss(claim, "its requirement %s says %s", SHOWN(text),
                        SHOWN(get_text(one, "status")));
        if (!check_requirement_parse(text, &requirement, why))
                return claim_miss(claim, "its requirement %s cannot be read", SHOWN(text));
        snprintf(metric, sizeof(metric), "%s.%s", check_tests[requirement.kind].name,
                requirement.metric);
        if (!same_number(found, metric_of(claim, metric)))
                return claim_miss(claim,
                        "its requirement %s was not held against what its test "
                        "found",
                        SHOWN(text));
        return check_requirement_met(&requirement, json_number_value(found)) ||
               claim_miss(claim, "its requirement %s is not met: it is %.6g", SHOWN(text),
                       json_number_value(found));
}

bool claim_requirements_met(const struct claim *claim)
{
        json_t *list = get_value(check_of(claim), "requirements"), *one;
        const json_t *planned = get_value(claim->promise, "require");
        size_t i;

        json_array_foreach(planned, i, one) {
                const char *text = json_string_value(one);

                if (strcmp(get_text(json_array_get(list, i), "require"), text) != 0)
                        return claim_miss(
                                claim, "its requirement %s was never compared", SHOWN(text));
        }
        if (claim->strict && json_array_size(list) != json_array_size(planned))
                return claim_miss(claim, "it has requirements that are not planned");
        json_array_foreach(list, i, one) {
                if (!requirement_met(claim, one))
                        return false;
        }
        return true;
}

static bool baseline_held(const struct claim *claim, const json_t *one, const json_t *percent)
{
        const char *metric = get_text(one, "metric");
        const json_t *found = get_value(one, "found");

        if (strcmp(get_text(one, "status"), "pass") != 0)
                return claim_miss(claim, "its %s, compared with the baseline, says %s",
                        SHOWN(metric), SHOWN(get_text(one, "status")));
        if (!same_number(found, metric_of(claim, metric)))
                return claim_miss(claim,
                        "its %s was compared with the baseline, and is not what "
                        "its test found",
                        SHOWN(metric));
        return !percent ||
               check_baseline_holds(metric, get_number(one, "baseline"), json_number_value(found),
                       json_number_value(percent)) ||
               claim_miss(claim, "its %s is worse than the baseline", SHOWN(metric));
}

bool claim_baseline_held(const struct claim *claim)
{
        const json_t *percent = get_value(claim->promise, "baseline_percent");
        const json_t *planned = get_value(check_of(claim), "baseline_planned");
        json_t *list = get_value(check_of(claim), "baseline_compared"), *one;
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
        json_array_foreach(list, i, one) {
                if (!baseline_held(claim, one, percent))
                        return false;
        }
        return true;
}

/* The file for later runs is made of what the tests found: it tells the same. */
bool claim_baseline_left(const struct claim *claim)
{
        char path[2 * REGION_MAX_NAME];
        _cleanup_free_ char *text = NULL;
        json_auto_t *made = NULL;
        const struct run_file *file;

        if (!claim->strict)
                return true;
        snprintf(path, sizeof(path), "jobs/%s/" CHECK_BASELINE_FILE, claim->key);
        file = intake_find_file(claim->intake, path);
        if (!file || !file->data) /* in the store is none but what jobs make */
                return claim_miss(claim, "it left no file " CHECK_BASELINE_FILE);
        made = check_baseline_make(get_text(claim->result, "uuid"), tests_of(claim));
        text = json_dumps(made, CHECK_BASELINE_FLAGS);
        return (text && strlen(text) == file->length &&
                       memcmp(text, file->data, file->length) == 0) ||
               claim_miss(claim,
                       "its file " CHECK_BASELINE_FILE " does not hold what its tests found");
}
