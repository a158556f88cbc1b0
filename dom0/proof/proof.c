/* What a run that ended well has; docs/records.md has the same table. */
#include "dom0/proof/proof.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dom0/base/escape.h"
#include "dom0/base/json.h"
#include "dom0/proof/gpuproof.h"
#include "dom0/proof/need.h"
#include "dom0/run/trace.h"

/* Version 1 did not say that it was one. */
static bool known_version(const struct intake *intake, char *why)
{
        if (!intake->proof.says_version ||
                (intake->proof.version >= 2 && intake->proof.version <= RECORD_VERSION))
                return true;
        return need_miss(why, "its records are of version %lld, which this forestage does not know",
                intake->proof.version);
}

static bool known_sealer(const struct intake *intake, char *why)
{
        const char *sealer = get_string(intake->run->summary, "sealed_by");

        if (need_sealed_by(intake, "init") || need_sealed_by(intake, "forestage-run"))
                return true;
        return need_miss(why,
                "the RUN record says that %s sealed the region, and not init or "
                "forestage-run",
                SHOWN(sealer));
}

/* Who sealed the memory that this boot's kernel command line names was the stage. */
static bool sealed_by_stage(const struct intake *intake, char *why)
{
        return !intake->proof.of_this_boot || need_sealed_by(intake, "init") ||
               need_miss(
                       why, "the run of this boot was not sealed by init, which ends every stage");
}

static bool all_keys(const struct intake *intake, char *why)
{
        if (intake->proof.version < 2 || !intake->proof.lack[0])
                return true;
        return need_miss(why, "%s", intake->proof.lack);
}

static bool in_order(const struct intake *intake, char *why)
{
        const struct proof *proof = &intake->proof;

        if (proof->disorder[0])
                return need_miss(why, "%s", proof->disorder);
        return proof->version < 2 || !proof->late[0] || need_miss(why, "%s", proof->late);
}

static bool nothing_failed(const struct intake *intake, char *why)
{
        return !intake->proof.failed[0] || need_miss(why, "%s", intake->proof.failed);
}

/* Whether the event must be there: its writer had a part in the run. */
static bool is_needed(const struct intake *intake, const struct record_event *row)
{
        if (row->times != RECORD_ONCE)
                return false;
        if (row->writer == RECORD_BY_RUNNER || strcmp(row->name, "runner.end") == 0)
                return row->writer == RECORD_BY_RUNNER || need_sealed_by(intake, "init");
        return intake->proof.version >= 2 && need_sealed_by(intake, "init");
}

static bool events_there(const struct intake *intake, char *why)
{
        for (const struct record_event *row = record_events; row->name; row++)
                if (is_needed(intake, row) && proof_count(&intake->proof, row->name) == 0)
                        return need_miss(why, "the event %s is missing", row->name);
        return true;
}

static bool events_once(const struct intake *intake, char *why)
{
        const char *name;
        json_t *count;

        json_object_foreach(intake->proof.seen, name, count) {
                if (json_integer_value(count) > 1)
                        return need_miss(why, "the event %s was recorded %lld times, and not once",
                                SHOWN(name), (long long)json_integer_value(count));
        }
        return true;
}

/* Nobody but the sealer of a file writes into it. */
static bool events_of_writer(const struct intake *intake, char *why)
{
        const struct run *run = intake->run;

        if (!need_sealed_by(intake, "forestage-run"))
                return true;
        for (unsigned int i = 0; i < RECORD_WRITERS; i++)
                if (i != RECORD_BY_RUNNER && intake->proof.first_of[i][0])
                        return need_miss(why,
                                "forestage-run sealed the region, but it holds the event %s of the "
                                "stage",
                                intake->proof.first_of[i]);
        for (size_t i = 0; i < run->files_count; i++)
                if (strncmp(run->files[i].path, "stage/", 6) == 0)
                        return need_miss(why,
                                "forestage-run sealed the region, but it holds the file %s of the "
                                "stage",
                                SHOWN(run->files[i].path));
        return true;
}

/* What init saw when it reaped the runner, and what it wrote into RUN. */
static bool runner_ended(const struct intake *intake, char *why)
{
        const struct run *run = intake->run;

        if (!need_sealed_by(intake, "init") || proof_count(&intake->proof, "runner.end") == 0)
                return true;
        if (intake->runner == RUNNER_UNKNOWN)
                return need_miss(why, "the event runner.end does not say how the runner ended");
        if (intake->runner != run->facts.runner || intake->runner_code != run->facts.runner_code)
                return need_miss(why, "the runner.end event and the RUN record disagree on how the "
                                      "runner ended");
        return true;
}

/* Before there was a region, init could tell of its trouble in RUN alone. */
static bool is_early(const char *reason)
{
        return strncmp(reason, "stage.mount: ", 13) == 0 ||
               strncmp(reason, "stage.cmdline: ", 15) == 0;
}

/* The first step that went wrong is the reason in RUN, as far as init has room for it. */
static bool reason_told(const struct intake *intake, char *why)
{
        const char *reason = get_string(intake->run->summary, "reason");
        const char *trouble = intake->proof.trouble;

        if (intake->proof.version < 2 || !need_sealed_by(intake, "init") ||
                (!reason && !*trouble) || (reason && is_early(reason)))
                return true;
        if (reason && *reason && strncmp(reason, trouble, strlen(reason)) == 0)
                return true;
        return need_miss(
                why, "the RUN record has another reason than the first error of the stage");
}

static bool sealed_well(const struct intake *intake, char *why)
{
        const char *reason = get_string(intake->run->summary, "reason");
        const struct proof *proof = &intake->proof;

        if (reason && need_sealed_by(intake, "forestage-run"))
                return need_miss(why, "the RUN record has a reason: %s", SHOWN(reason));
        if (proof->version >= 2 && proof->seal != 0 && proof->seal + 1 != proof->number)
                return need_miss(why, "the event stage.seal is not directly before the RUN record");
        return true;
}

static bool plan_promises(const struct intake *intake, char *why)
{
        const json_t *planned;
        size_t i;

        json_array_foreach(intake->run->plan, i, planned) {
                bool promises = get_value(planned, "promise") != NULL;

                if (promises != (intake->proof.version >= 2))
                        return need_miss(
                                why, promises ? "the plan says what the jobs promise, but not "
                                                "in which version of the records"
                                              : "the plan does not say what its jobs promise");
        }
        return true;
}

/* A job is the same on each of its GPUs. */
static bool plan_agrees(const struct intake *intake, char *why)
{
        json_auto_t *first = json_object();
        json_t *planned;
        size_t i;

        json_array_foreach(intake->run->plan, i, planned) {
                const char *job = get_string(planned, "job");
                const json_t *promise = get_value(planned, "promise"), *other;

                if (json_object_size(promise) == 0)
                        continue; /* one that does not run */
                other = get_value(first, job);
                if (!other)
                        json_object_set(first, job, planned);
                else if (!json_equal(get_value(other, "promise"), promise) ||
                         !json_equal(get_value(other, "kind"), get_value(planned, "kind")))
                        return need_miss(why, "the plan has job %s with two promises", SHOWN(job));
        }
        return true;
}

/* No job.start or job.end but those of the plan. */
static bool traces_planned(const struct intake *intake, char *why)
{
        return !intake->proof.stray[0] || need_miss(why, "%s", intake->proof.stray);
}

/* Only what did not pass leaves a GPU in doubt, behind which everything is made anew. */
static bool nothing_doubted(const struct intake *intake, char *why)
{
        const struct run *run = intake->run;

        for (size_t i = 0; i < run->results_count; i++) {
                const json_t *result = run->results[i].object;

                if (get_bool(result, "fresh_context"))
                        return need_miss(why,
                                "job %s found its GPU in doubt, and every job before it passed",
                                SHOWN(get_string(result, "job")));
        }
        return true;
}

/* Everything that is not about a single job; docs/records.md has the same table. */
static bool (*const needs[])(const struct intake *intake, char *why) = {
        known_version,
        known_sealer,
        sealed_by_stage,
        nothing_failed,
        events_once,
        events_there,
        events_of_writer,
        all_keys,
        in_order,
        runner_ended,
        sealed_well,
        reason_told,
        need_devices_there,
        need_devices_counted,
        need_devices_driven,
        need_one_rehearsal,
        need_one_hypervisor,
        plan_promises,
        plan_agrees,
        traces_planned,
        nothing_doubted,
};

static void warn_of_version(struct intake *intake)
{
        if (intake->proof.version == 1 && json_array_size(intake->run->plan) > 0)
                problem(&intake->run->warnings,
                        "the records are of version 1, whose plan does not say what was to be "
                        "compared: it is only known what was");
}

/* What went wrong beside others and did not alone: a job that does harm, or a GPU that does. */
static void warn_of_question(struct intake *intake)
{
        const struct run *run = intake->run;
        const char *first = NULL;
        size_t count = 0;

        for (size_t i = 0; i < run->results_count; i++) {
                const json_t *result = run->results[i].object;
                const char *reason = get_string(result, "apart");
                const struct trace *trace = NULL;
                char key[JOB_KEY_SIZE];

                if (reason && !intake_job_key(result, key))
                        trace = proof_trace(&intake->proof, key);
                if (!trace || !trace->question)
                        continue;
                first = first ? first : reason;
                count++;
        }
        if (first)
                problem(&intake->run->warnings,
                        "%zu jobs came to no good end side by side, and passed when each ran "
                        "alone: %s",
                        count, SHOWN(first));
}

void proof_of_run(struct intake *intake)
{
        const struct verdict_facts *facts = &intake->run->facts;
        char why[PROOF_TEXT];

        warn_of_version(intake);
        /* Of a run that says itself that it did not end well, nothing has to be proved. */
        if (!facts->region_complete || facts->run_records != 1 || facts->runner != RUNNER_EXITED ||
                facts->runner_code != 0)
                return;
        for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
                if (!needs[i](intake, why))
                        contradict(intake->run, "%s", why);
        warn_of_question(intake);
}
