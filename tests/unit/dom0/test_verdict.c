#include "dom0/run/verdict.h"
#include "tests/unit/tap.h"

/* Facts of a run of two jobs, one passed and one skipped. */
static struct verdict_facts sound(void)
{
        return (struct verdict_facts){
                .region_complete = true,
                .run_records = 1,
                .run_is_last = true,
                .plans = 1,
                .planned = 2,
                .counts = { [JOB_PASS] = 1, [JOB_SKIP] = 1 },
                .runner = RUNNER_EXITED,
        };
}

/* Decides, and checks that a verdict other than pass has a reason and that a pass has none. */
static enum verdict decide(const struct verdict_facts *facts)
{
        struct problems problems = { .list = json_array() };
        enum verdict verdict = verdict_decide(facts, &problems);

        if (verdict == VERDICT_PASS)
                assert_int_equal(problems.count, 0);
        else if (facts->contradictions == 0 && facts->region_complete)
                assert_true(problems.count > 0); /* others have named their reasons before */
        json_decref(problems.list);
        return verdict;
}

static void passes_only_a_sound_run(void **state)
{
        struct verdict_facts facts = sound();

        (void)state;
        assert_int_equal(decide(&facts), VERDICT_PASS);
        facts.counts[JOB_PASS] = 2;
        facts.counts[JOB_SKIP] = 0;
        assert_int_equal(decide(&facts), VERDICT_PASS);
}

/* One change each to a run that passes. */
static const struct {
        const char *name;
        enum verdict expected;
        size_t offset;
        size_t size;
        long long value;
} changes[] = {
#define CHANGE(field, value, verdict)                                                \
        {                                                                            \
#field " = " #value, verdict, offsetof(struct verdict_facts, field), \
                        sizeof(((struct verdict_facts *)0)->field), value            \
        }
        CHANGE(region_complete, false, VERDICT_INCOMPLETE),
        CHANGE(run_records, 0, VERDICT_INCOMPLETE),
        CHANGE(run_records, 2, VERDICT_FAIL),
        CHANGE(run_is_last, false, VERDICT_FAIL),
        CHANGE(plans, 0, VERDICT_FAIL),
        CHANGE(plans, 2, VERDICT_FAIL),
        CHANGE(contradictions, 1, VERDICT_FAIL),
        CHANGE(runner, RUNNER_UNKNOWN, VERDICT_FAIL),
        CHANGE(runner, RUNNER_NEVER, VERDICT_FAIL),
        CHANGE(runner, RUNNER_KILLED, VERDICT_FAIL),
        CHANGE(runner_code, 1, VERDICT_FAIL),
        CHANGE(runner_code, -1, VERDICT_FAIL),
};

/* A program that says by its exit code that it failed has given no wrong result. */
static void a_failure_is_called_what_it_was(void **state)
{
        struct verdict_facts facts = sound();
        struct problems problems = { .list = json_array() };
        json_t *wanted = json_pack("[s, s]", "2 of 7 jobs gave a wrong result",
                "3 of 7 jobs ended with an exit code other than 0");

        (void)state;
        memset(facts.counts, 0, sizeof(facts.counts));
        facts.planned = 7;
        facts.counts[JOB_PASS] = 2;
        facts.counts[JOB_FAIL] = 5;
        facts.failed_by_exit = 3;
        facts.runner_code = 0;
        assert_int_equal(verdict_decide(&facts, &problems), VERDICT_FAIL);
        if (!json_equal(problems.list, wanted))
                fail_msg("%s", json_dumps(problems.list, 0));
        json_decref(problems.list);
        json_decref(wanted);
}

static void one_wrong_fact_is_no_pass(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
                struct verdict_facts facts = sound();

                memcpy((char *)&facts + changes[i].offset, &changes[i].value, changes[i].size);
                if (decide(&facts) != changes[i].expected)
                        fail_msg("%s: not %s", changes[i].name, verdict_name(changes[i].expected));
        }
}

static void every_bad_status_fails(void **state)
{
        static const enum job_status bad[] = { JOB_FAIL, JOB_ERROR, JOB_TIMEOUT, JOB_NOTRUN };

        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                struct verdict_facts facts = sound();

                facts.planned++;
                facts.counts[bad[i]]++;
                assert_int_equal(decide(&facts), VERDICT_FAIL);
        }
}

static void nothing_ran(void **state)
{
        struct verdict_facts facts = sound();

        (void)state;
        facts.counts[JOB_PASS] = 0;
        facts.counts[JOB_SKIP] = 2;
        assert_int_equal(decide(&facts), VERDICT_EMPTY);
        facts.runner_code = 1;
        assert_int_equal(decide(&facts), VERDICT_EMPTY);
        facts.planned = facts.counts[JOB_SKIP] = 0;
        assert_int_equal(decide(&facts), VERDICT_EMPTY);
        facts.plans = 0;
        assert_int_equal(decide(&facts), VERDICT_FAIL); /* it was started and planned nothing */
        facts.runner = RUNNER_NEVER;
        assert_int_equal(decide(&facts), VERDICT_EMPTY);
        facts.plans = 1;
        facts.runner = RUNNER_KILLED;
        assert_int_equal(decide(&facts), VERDICT_FAIL);
        facts.runner = RUNNER_EXITED;
        facts.contradictions = 1;
        assert_int_equal(decide(&facts), VERDICT_FAIL);
}

static void exit_codes(void **state)
{
        (void)state;
        assert_int_equal(verdict_exit_code(VERDICT_PASS), 0);
        assert_int_equal(verdict_exit_code(VERDICT_FAIL), 1);
        assert_int_equal(verdict_exit_code(VERDICT_EMPTY), 1);
        assert_int_equal(verdict_exit_code(VERDICT_INCOMPLETE), 4);
        assert_int_equal(job_status_find("timeout"), JOB_TIMEOUT);
        assert_int_equal(job_status_find("PASS"), JOB_STATUSES);
        assert_int_equal(job_status_find(""), JOB_STATUSES);
}

/* Jobs on one GPU of a run in which another GPU's job failed, and which says no more than that. */
static void a_gpu_has_a_verdict_of_its_own(void **state)
{
        static const struct {
                size_t counts[JOB_STATUSES];
                enum verdict run, expected;
        } gpus[] = {
                { { [JOB_PASS] = 1, [JOB_SKIP] = 1 }, VERDICT_FAIL, VERDICT_PASS },
                { { [JOB_PASS] = 1, [JOB_FAIL] = 1 }, VERDICT_FAIL, VERDICT_FAIL },
                { { [JOB_PASS] = 1, [JOB_ERROR] = 1 }, VERDICT_FAIL, VERDICT_FAIL },
                { { [JOB_PASS] = 1, [JOB_TIMEOUT] = 1 }, VERDICT_FAIL, VERDICT_FAIL },
                { { [JOB_PASS] = 1, [JOB_NOTRUN] = 1 }, VERDICT_FAIL, VERDICT_FAIL },
                { { [JOB_SKIP] = 1 }, VERDICT_FAIL, VERDICT_EMPTY },
                { { [JOB_PASS] = 0 }, VERDICT_FAIL, VERDICT_EMPTY },
                { { [JOB_SKIP] = 1 }, VERDICT_PASS, VERDICT_EMPTY },
                { { [JOB_PASS] = 1 }, VERDICT_PASS, VERDICT_PASS },
                { { [JOB_PASS] = 1 }, VERDICT_INCOMPLETE, VERDICT_INCOMPLETE },
                { { [JOB_FAIL] = 1 }, VERDICT_INCOMPLETE, VERDICT_INCOMPLETE },
        };
        struct verdict_facts facts = sound();

        (void)state;
        facts.counts[JOB_FAIL] = 1;
        facts.planned = 3;
        facts.runner_code = 1;
        for (size_t i = 0; i < sizeof(gpus) / sizeof(gpus[0]); i++)
                assert_int_equal(
                        verdict_of_gpu(&facts, gpus[i].run, gpus[i].counts), gpus[i].expected);
}

/* What is wrong with the run itself leaves no GPU a pass; what is wrong with a job, its own only.
 */
static void no_gpu_passes_by_a_run_that_proves_nothing(void **state)
{
        static const size_t counts[JOB_STATUSES] = { [JOB_PASS] = 1 };

        (void)state;
        for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
                struct verdict_facts facts = sound();
                enum verdict run;

                memcpy((char *)&facts + changes[i].offset, &changes[i].value, changes[i].size);
                run = decide(&facts);
                if (verdict_of_gpu(&facts, run, counts) != VERDICT_INCOMPLETE)
                        fail_msg("%s: a GPU passes", changes[i].name);
        }
        struct verdict_facts facts = sound();

        facts.contradictions = 2;
        facts.disbelieved = 2;
        facts.counts[JOB_ERROR] = 2;
        assert_int_equal(verdict_of_gpu(&facts, VERDICT_FAIL, counts), VERDICT_PASS);
        facts.contradictions = 3;
        assert_int_equal(verdict_of_gpu(&facts, VERDICT_FAIL, counts), VERDICT_INCOMPLETE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(passes_only_a_sound_run),
                cmocka_unit_test(a_failure_is_called_what_it_was),
                cmocka_unit_test(one_wrong_fact_is_no_pass),
                cmocka_unit_test(every_bad_status_fails),
                cmocka_unit_test(nothing_ran),
                cmocka_unit_test(exit_codes),
                cmocka_unit_test(a_gpu_has_a_verdict_of_its_own),
                cmocka_unit_test(no_gpu_passes_by_a_run_that_proves_nothing),
        };

        return run_tap(tests);
}
