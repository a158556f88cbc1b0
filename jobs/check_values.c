#include "jobs/check_values.h"

#include <string.h>

#include "jobs/check_require.h"
#include "jobs/check_tests.h"
#include "lib/number.h"
#include "lib/path.h"

#define complain jobkeys_complain

#define QUICK_TIMEOUT_MS  60000u
#define MEDIUM_TIMEOUT_MS 300000u
#define SPARE_MS          180000u /* of a check with a duration, to start and to end */
#define MAX_DEVICES       4096u

bool check_value_set_level(struct jobkeys *keys, const char *value)
{
        enum check_level level;

        if (!check_level_parse(value, &level))
                return complain(keys, "Level=%s is not known: quick, medium or long", value);
        keys->job->check.level = strdup(value);
        return keys->job->check.level ? true : complain(keys, "out of memory");
}

static bool is_test(const char *word)
{
        enum check_kind kind;

        return check_kind_parse(word, strlen(word), &kind);
}

bool check_value_set_tests(struct jobkeys *keys, const char *value)
{
        char why[WHY_SIZE];

        return words_add_list(&keys->job->check.tests, value,
                       "a test; docs/validation.md lists them", is_test, why)
                       ? true
                       : complain(keys, "%s", why);
}

bool check_value_set_duration(struct jobkeys *keys, const char *value)
{
        uint64_t ms;

        if (!number_duration_ms(value, &ms) || ms == 0 || ms > JOB_MAX_MS - SPARE_MS)
                return complain(keys, "Duration=%s is not a time such as 30s, 15min or 8h", value);
        keys->job->check.duration_ms = ms;
        return true;
}

bool check_value_add_require(struct jobkeys *keys, const char *value)
{
        struct check_requirement requirement;
        char why[WHY_SIZE];

        if (!check_requirement_parse(value, &requirement, why) ||
                !words_add(&keys->job->check.require, value, why))
                return complain(keys, "Require=: %s", why);
        return true;
}

bool check_value_set_devices(struct jobkeys *keys, const char *value)
{
        uint64_t count;

        if (!number_u64(value, &count) || count == 0 || count > MAX_DEVICES)
                return complain(keys, "Expect-Devices=%s is not a number of GPUs", value);
        keys->job->check.expect_devices = (uint32_t)count;
        return true;
}

bool check_value_set_baseline(struct jobkeys *keys, const char *value)
{
        const char *complaint = path_complaint(value);

        if (complaint)
                return complain(keys, "the path '%s' %s", value, complaint);
        keys->job->check.baseline = strdup(value);
        return keys->job->check.baseline ? true : complain(keys, "out of memory");
}

bool check_value_set_tolerance(struct jobkeys *keys, const char *value)
{
        double percent;

        if (!number_f64(value, &percent) || !(percent >= 0 && percent <= 100))
                return complain(
                        keys, "Baseline-Tolerance=%s is not a percentage from 0 to 100", value);
        keys->job->check.baseline_percent = percent;
        return true;
}

/* Of what is not measured nothing can be required. */
static void check_requirements(struct jobkeys *keys)
{
        const struct job *job = keys->job;

        for (size_t i = 0; job->check.tests.count && i < job->check.require.count; i++) {
                struct check_requirement requirement;
                bool chosen = false;
                char why[WHY_SIZE];

                if (!check_requirement_parse(job->check.require.word[i], &requirement, why))
                        continue;
                for (size_t j = 0; j < job->check.tests.count; j++)
                        chosen |= strcmp(job->check.tests.word[j],
                                          check_tests[requirement.kind].name) == 0;
                if (!chosen)
                        complain(keys, "Require=%s: Tests= does not have this test",
                                job->check.require.word[i]);
        }
}

static uint64_t fitting_timeout(const struct job *job)
{
        if (job->check.duration_ms)
                return job->check.duration_ms + SPARE_MS;
        return job->check.level && strcmp(job->check.level, "quick") == 0 ? QUICK_TIMEOUT_MS
                                                                          : MEDIUM_TIMEOUT_MS;
}

void check_values_finish(struct jobkeys *keys, bool timed)
{
        struct job *job = keys->job;
        bool is_long = job->check.level && strcmp(job->check.level, "long") == 0;

        if (job->check.duration_ms && job->check.level && !is_long)
                complain(keys, "Duration= goes with Level=long or with Tests= only");
        if (is_long && !job->check.duration_ms)
                job->check.duration_ms = CHECK_DEFAULT_DURATION_MS;
        if (job->repeat != 1)
                complain(keys, "Repeat= does not go with Type=check: use Duration=");
        check_requirements(keys);
        if (!timed)
                job->timeout_ms = fitting_timeout(job);
        else if (job->check.duration_ms && job->timeout_ms <= job->check.duration_ms)
                complain(keys, "Timeout= is not longer than Duration=");
}
