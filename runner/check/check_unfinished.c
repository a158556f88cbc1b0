#include "runner/check/check_unfinished.h"

#include <stdio.h>
#include <string.h>

#include "jobs/check_tests.h"
#include "lib/why.h"
#include "runner/check/check_baseline.h"
#include "runner/check/check_verdict.h"

/* "it hung, and was killed after its 34 s" */
static void describe_end(const struct evidence *evidence, char *why)
{
        if (evidence->hung_s > 0)
                why_not(why, "it hung, and was killed after its %.4g s", evidence->hung_s);
        else if (evidence->late)
                why_not(why, "the %.10g s of the job were over (Timeout=)",
                        (double)evidence->timeout_ms / 1e3);
        else if (evidence->stop_signal)
                why_not(why, "the run was ended by signal %d", evidence->stop_signal);
        else
                why_not(why, "the process of the check ended");
}

static double errors_of(const json_t *result)
{
        return json_number_value(json_object_get(result, "errors"));
}

/* "; it had moved 120 GB" */
static void describe_part(const struct check_part *part, char *text, size_t size)
{
        if (part->teraflop > 0)
                snprintf(text, size, "; it had computed %.3g TFLOP", part->teraflop);
        else if (part->gbytes > 0)
                snprintf(text, size, "; it had moved %.3g GB", part->gbytes);
        else
                snprintf(text, size, "; nothing had come out of it");
}

static void add_under_way(
        json_t *tests, const struct check_part *part, double now, const struct evidence *evidence)
{
        json_t *result = part->result ? json_copy(part->result) : json_object();
        double errors = errors_of(result);
        char end[WHY_SIZE], so_far[64], reason[2 * WHY_SIZE];

        describe_end(evidence, end);
        describe_part(part, so_far, sizeof(so_far));
        if (errors > 0)
                snprintf(reason, sizeof(reason), "%.0f wrong results, and then %s%s", errors, end,
                        so_far);
        else
                snprintf(reason, sizeof(reason), "%s%s", end, so_far);
        json_object_set_new(result, "test", json_string(part->test));
        json_object_set_new(result, "status",
                json_string(status_name(errors > 0 ? STATUS_FAIL : STATUS_ERROR)));
        json_object_set_new(result, "reason", json_string(reason));
        json_object_set_new(result, "wall_s", json_real(now > part->since ? now - part->since : 0));
        check_add_result(tests, result);
        json_decref(result);
}

static void add_not_run(json_t *tests, const char *test, const char *before)
{
        char reason[128];
        json_t *result;

        snprintf(reason, sizeof(reason), "not reached: %s broke off", before);
        result = json_pack("{s:s, s:s, s:s, s:f}", "test", test, "status",
                status_name(STATUS_NOTRUN), "reason", reason, "wall_s", 0.0);
        check_add_result(tests, result);
        json_decref(result);
}

void check_add_unfinished(json_t *tests, const struct job *job, const struct check_part *part,
        double now, const struct evidence *evidence)
{
        uint64_t chosen = check_chosen(job);

        if (!part->test)
                return;
        add_under_way(tests, part, now, evidence);
        for (enum check_kind i = 0; i < CHECK_KINDS; i++)
                if (chosen >> i & 1 && !check_result_of(tests, check_tests[i].name))
                        add_not_run(tests, check_tests[i].name, part->test);
}
