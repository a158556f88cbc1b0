#include "jobs/check_values.h"

#include <string.h>

#include "jobs/check_require.h"
#include "jobs/check_tests.h"
#include "jobs/standing/limit.h"
#include "lib/number.h"
#include "lib/quantity.h"

#define QUICK_TIMEOUT_MS  60000u
#define MEDIUM_TIMEOUT_MS 300000u
#define SPARE_MS          180000u /* of a check with a duration, to start and to end */
#define MAX_DEVICES       4096u

bool check_value_level(struct job *job, const struct jobkey *key, const char *value)
{
        enum check_level level;

        (void)key;
        if (!check_level_parse(value, &level))
                return job_complain(job, "Level=%s is not known: quick, medium or long", value);
        job->check.level = check_level_name(level);
        return true;
}

static bool is_test(const char *word)
{
        enum check_kind kind;

        return check_kind_parse(word, strlen(word), &kind);
}

bool check_value_tests(struct job *job, const struct jobkey *key, const char *value)
{
        char why[WHY_SIZE];

        (void)key;
        return words_add_list(&job->check.tests, value, "a test; docs/validation.md lists them",
                       is_test, why) ||
               job_complain(job, "%s", why);
}

bool check_value_duration(struct job *job, const struct jobkey *key, const char *value)
{
        uint64_t ms;

        (void)key;
        if (!quantity_ms(value, &ms) || ms == 0 || ms > JOB_MAX_MS - SPARE_MS)
                return job_complain(
                        job, "Duration=%s is not a time such as 30s, 15min or 8h", value);
        job->check.duration_ms = ms;
        return true;
}

bool check_value_require(struct job *job, const struct jobkey *key, const char *value)
{
        struct check_requirement requirement;
        char why[WHY_SIZE];

        (void)key;
        return (check_requirement_parse(value, &requirement, why) &&
                       words_add(&job->check.require, value, why)) ||
               job_complain(job, "Require=: %s", why);
}

/* An item has one limit. */
static bool is_limited(const struct job *job, enum standing_item item)
{
        return standing_limit_of(&job->check.standing, item).asked;
}

bool check_value_standing(struct job *job, const struct jobkey *key, const char *value)
{
        struct standing_limit limit;
        char why[WHY_SIZE];

        (void)key;
        if (!standing_parse(value, &limit, why))
                return job_complain(job, "Standing=: %s", why);
        if (is_limited(job, limit.item))
                return job_complain(
                        job, "Standing=: %s has a limit already", standing_rows[limit.item].name);
        return words_add(&job->check.standing, value, why) ||
               job_complain(job, "Standing=: %s", why);
}

bool check_value_limits(struct job *job, const struct jobkey *key, const char *value)
{
        (void)key;
        job->check.no_limits = strcmp(value, "none") == 0;
        return job->check.no_limits || strcmp(value, "known") == 0 ||
               job_complain(job, "Limits=%s is not known: known or none", value);
}

bool check_value_devices(struct job *job, const struct jobkey *key, const char *value)
{
        uint64_t count;

        (void)key;
        if (!number_u64(value, &count) || count == 0 || count > MAX_DEVICES)
                return job_complain(job, "Expect-Devices=%s is not a number of GPUs", value);
        job->check.expect_devices = (uint32_t)count;
        return true;
}

static bool read_percent(struct job *job, const char *key, const char *value, double *ret_percent)
{
        double percent;

        if (!number_f64(value, &percent) || !(percent >= 0 && percent <= 100))
                return job_complain(job, "%s=%s is not a percentage from 0 to 100", key, value);
        *ret_percent = percent;
        return true;
}

bool check_value_tolerance(struct job *job, const struct jobkey *key, const char *value)
{
        (void)key;
        return read_percent(job, "Baseline-Tolerance", value, &job->check.baseline_percent);
}

bool check_value_peers(struct job *job, const struct jobkey *key, const char *value)
{
        (void)key;
        job->check.has_peer_percent =
                read_percent(job, "Peer-Tolerance", value, &job->check.peer_percent);
        return job->check.has_peer_percent;
}

/* Of what is not measured nothing can be required. */
static void check_requirements(struct job *job)
{
        uint64_t chosen = check_chosen(job);

        for (size_t i = 0; chosen && i < job->check.require.count; i++) {
                struct check_requirement requirement;
                char why[WHY_SIZE];

                if (check_requirement_parse(job->check.require.word[i], &requirement, why) &&
                        !(chosen >> requirement.kind & 1))
                        job_complain(job, "Require=%s: %s%s does not have this test",
                                job->check.require.word[i], job->check.level ? "Level=" : "Tests=",
                                job->check.level ? job->check.level : "");
        }
}

/* It is health that looks at it. */
static void check_standing(struct job *job)
{
        uint64_t chosen = check_chosen(job);

        if (chosen && job->check.standing.count > 0 && !(chosen >> CHECK_HEALTH & 1))
                job_complain(job, "Standing=%s: Tests= does not have health, which looks at it",
                        job->check.standing.word[0]);
}

/* The most that its tests take once, which they do however short the duration is. */
static uint64_t once_ms(const struct job *job)
{
        return (uint64_t)(1e3 * check_estimate_s(check_chosen(job), check_level_of(job), 0, 1));
}

static uint64_t fitting_timeout(const struct job *job)
{
        uint64_t once = once_ms(job);

        if (job->check.duration_ms)
                return (once > job->check.duration_ms ? once : job->check.duration_ms) + SPARE_MS;
        return check_level_of(job) == CHECK_QUICK ? QUICK_TIMEOUT_MS : MEDIUM_TIMEOUT_MS;
}

void check_values_finish(struct job *job, bool timed)
{
        bool is_long = check_level_of(job) == CHECK_LONG;

        if (job->check.duration_ms && job->check.level && !is_long)
                job_complain(job, "Duration= goes with Level=long or with Tests= only");
        if (is_long && !job->check.duration_ms)
                job->check.duration_ms = CHECK_DEFAULT_DURATION_MS;
        if (job->repeat != 1)
                job_complain(job, "Repeat= does not go with Type=check: use Duration=");
        check_requirements(job);
        check_standing(job);
        if (!timed)
                job->timeout_ms = fitting_timeout(job);
        else if (job->check.duration_ms && job->timeout_ms <= job->check.duration_ms)
                job_complain(job, "Timeout= is not longer than Duration=");
}
