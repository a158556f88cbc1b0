#include "dom0/run/verdict.h"

#include <string.h>

static const char *const statuses[JOB_STATUSES] = {
        [JOB_PASS] = "pass",
        [JOB_FAIL] = "fail",
        [JOB_ERROR] = "error",
        [JOB_TIMEOUT] = "timeout",
        [JOB_SKIP] = "skip",
        [JOB_NOTRUN] = "notrun",
};

static const struct {
        const char *name;
        enum exit_code code;
} verdicts[] = {
        [VERDICT_PASS] = { "pass", EXIT_PASS },
        [VERDICT_FAIL] = { "fail", EXIT_FAIL },
        [VERDICT_EMPTY] = { "empty", EXIT_FAIL },
        [VERDICT_INCOMPLETE] = { "incomplete", EXIT_INCOMPLETE },
};

const char *job_status_name(enum job_status status)
{
        return statuses[status];
}

enum job_status job_status_find(const char *name)
{
        for (int i = 0; name && i < JOB_STATUSES; i++)
                if (strcmp(statuses[i], name) == 0)
                        return (enum job_status)i;
        return JOB_STATUSES;
}

const char *verdict_name(enum verdict verdict)
{
        return verdicts[verdict].name;
}

enum exit_code verdict_exit_code(enum verdict verdict)
{
        return verdicts[verdict].code;
}

enum verdict verdict_find(const char *name)
{
        for (size_t i = 0; name && i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
                if (strcmp(verdicts[i].name, name) == 0)
                        return (enum verdict)i;
        return VERDICT_INCOMPLETE;
}

/* How the runner ended; a planned job that failed explains its exit code 1 already. */
static void explain_runner(const struct verdict_facts *facts, struct problems *problems)
{
        switch (facts->runner) {
        case RUNNER_UNKNOWN:
                problem(problems, "the RUN record does not say how the runner ended");
                break;
        case RUNNER_NEVER:
                problem(problems, "the runner was never started");
                break;
        case RUNNER_KILLED:
                problem(problems, "the runner was killed by signal %lld", facts->runner_code);
                break;
        case RUNNER_EXITED:
                if (facts->runner_code != 0)
                        problem(problems, "the runner ended with exit code %lld",
                                facts->runner_code);
                break;
        }
}

static void explain_jobs(const struct verdict_facts *facts, struct problems *problems)
{
        const struct {
                size_t count;
                const char *text;
        } bad[] = {
                { facts->counts[JOB_FAIL] - facts->failed_by_exit, "gave a wrong result" },
                { facts->failed_by_exit, "ended with an exit code other than 0" },
                { facts->counts[JOB_ERROR], "could not run or broke" },
                { facts->counts[JOB_TIMEOUT], "did not end in time" },
                { facts->counts[JOB_NOTRUN], "came to no result" },
        };

        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                if (bad[i].count > 0)
                        problem(problems, "%zu of %zu jobs %s", bad[i].count, facts->planned,
                                bad[i].text);
}

static void explain_records(const struct verdict_facts *facts, struct problems *problems)
{
        if (facts->plans == 0)
                problem(problems, "no plan of the jobs was recorded");
        else if (facts->plans > 1)
                problem(problems, "%zu plans were recorded", facts->plans);
        if (facts->run_records > 1)
                problem(problems, "%zu RUN records were written", facts->run_records);
        else if (facts->run_records == 1 && !facts->run_is_last)
                problem(problems, "records follow the RUN record, which must be the last");
}

static bool records_are_sound(const struct verdict_facts *facts)
{
        return facts->contradictions == 0 && facts->run_records == 1 && facts->run_is_last &&
               facts->plans <= 1;
}

/* Nothing came to a pass or a failure, and nothing says that it should have. */
static bool is_empty(const struct verdict_facts *facts)
{
        if (!records_are_sound(facts) || facts->counts[JOB_SKIP] != facts->planned ||
                facts->runner == RUNNER_KILLED || facts->runner == RUNNER_UNKNOWN)
                return false;
        return facts->plans == 1 || facts->runner == RUNNER_NEVER;
}

static bool is_pass(const struct verdict_facts *facts)
{
        return records_are_sound(facts) && facts->plans == 1 && facts->planned > 0 &&
               facts->counts[JOB_PASS] > 0 &&
               facts->counts[JOB_PASS] + facts->counts[JOB_SKIP] == facts->planned &&
               facts->runner == RUNNER_EXITED && facts->runner_code == 0;
}

static void explain_nothing(const struct verdict_facts *facts, struct problems *problems)
{
        if (facts->planned > 0 && facts->counts[JOB_SKIP] == facts->planned)
                problem(problems, "all %zu jobs were skipped", facts->planned);
        else if (facts->plans > 0 && facts->planned == 0)
                problem(problems, "there were no jobs to run");
}

enum verdict verdict_decide(const struct verdict_facts *facts, struct problems *problems)
{
        if (!facts->region_complete || facts->run_records == 0) {
                if (facts->region_complete)
                        problem(problems,
                                "there is no RUN record: the run did not come to its end");
                explain_records(facts, problems);
                explain_jobs(facts, problems);
                return VERDICT_INCOMPLETE;
        }
        if (is_pass(facts))
                return VERDICT_PASS;
        if (is_empty(facts)) {
                explain_nothing(facts, problems);
                explain_runner(facts, problems);
                return VERDICT_EMPTY;
        }
        explain_records(facts, problems);
        explain_nothing(facts, problems);
        explain_jobs(facts, problems);
        explain_runner(facts, problems);
        return VERDICT_FAIL;
}

static size_t unfinished(const size_t counts[JOB_STATUSES])
{
        return counts[JOB_FAIL] + counts[JOB_ERROR] + counts[JOB_TIMEOUT] + counts[JOB_NOTRUN];
}

/* Nothing is wrong with the run but what its jobs came to, each of which has its own GPU. */
static bool only_jobs_are_bad(const struct verdict_facts *facts)
{
        return facts->contradictions == facts->disbelieved && facts->run_records == 1 &&
               facts->run_is_last && facts->plans == 1 && facts->runner == RUNNER_EXITED &&
               (facts->runner_code == 0 || unfinished(facts->counts) > 0);
}

enum verdict verdict_of_gpu(
        const struct verdict_facts *facts, enum verdict run, const size_t counts[JOB_STATUSES])
{
        if (run == VERDICT_INCOMPLETE)
                return run;
        if (unfinished(counts) > 0)
                return VERDICT_FAIL;
        if (counts[JOB_PASS] == 0)
                return VERDICT_EMPTY;
        return run == VERDICT_PASS || only_jobs_are_bad(facts) ? VERDICT_PASS : VERDICT_INCOMPLETE;
}
