/* What a run that ended well has; docs/records.md has the same table. */
#include "dom0/proof/proof.h"
#include "dom0/proof/need.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dom0/base/escape.h"
#include "dom0/base/json.h"

bool need_miss(char *why, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(why, PROOF_TEXT, format, arguments);
        va_end(arguments);
        return false;
}

bool need_sealed_by(const struct reader *reader, const char *whom)
{
        const char *sealer = get_string(reader->run->summary, "sealed_by");

        return sealer && strcmp(sealer, whom) == 0;
}

/* Version 1 did not say that it was one. */
static bool known_version(const struct reader *reader, char *why)
{
        if (!reader->proof.says_version || reader->proof.version == RECORD_VERSION)
                return true;
        return need_miss(why, "its records are of version %lld, which this forestage does not know",
                reader->proof.version);
}

static bool known_sealer(const struct reader *reader, char *why)
{
        const char *sealer = get_string(reader->run->summary, "sealed_by");

        if (need_sealed_by(reader, "init") || need_sealed_by(reader, "forestage-run"))
                return true;
        return need_miss(why,
                "the RUN record says that %s sealed the region, and not init or "
                "forestage-run",
                SHOWN(sealer));
}

/* Who sealed the memory that this boot's kernel command line names was the stage. */
static bool sealed_by_stage(const struct reader *reader, char *why)
{
        return !reader->proof.of_this_boot || need_sealed_by(reader, "init") ||
               need_miss(
                       why, "the run of this boot was not sealed by init, which ends every stage");
}

static bool all_keys(const struct reader *reader, char *why)
{
        if (reader->proof.version < 2 || !reader->proof.lack[0])
                return true;
        return need_miss(why, "%s", reader->proof.lack);
}

static bool in_order(const struct reader *reader, char *why)
{
        const struct proof *proof = &reader->proof;

        if (proof->disorder[0])
                return need_miss(why, "%s", proof->disorder);
        return proof->version < 2 || !proof->late[0] || need_miss(why, "%s", proof->late);
}

static bool nothing_failed(const struct reader *reader, char *why)
{
        return !reader->proof.failed[0] || need_miss(why, "%s", reader->proof.failed);
}

/* Whether the event must be there: its writer had a part in the run. */
static bool is_needed(const struct reader *reader, const struct record_event *row)
{
        if (row->times != RECORD_ONCE)
                return false;
        if (row->writer == RECORD_BY_RUNNER || strcmp(row->name, "runner.end") == 0)
                return row->writer == RECORD_BY_RUNNER || need_sealed_by(reader, "init");
        return reader->proof.version >= 2 && need_sealed_by(reader, "init");
}

static bool events_there(const struct reader *reader, char *why)
{
        for (const struct record_event *row = record_events; row->name; row++)
                if (is_needed(reader, row) && proof_count(&reader->proof, row->name) == 0)
                        return need_miss(why, "the event %s is missing", row->name);
        return true;
}

static bool events_once(const struct reader *reader, char *why)
{
        const char *name;
        json_t *count;

        json_object_foreach(reader->proof.seen, name, count)
        {
                if (json_integer_value(count) > 1)
                        return need_miss(why, "the event %s was recorded %lld times, and not once",
                                SHOWN(name), (long long)json_integer_value(count));
        }
        return true;
}

/* Nobody but the sealer of a file writes into it. */
static bool events_of_writer(const struct reader *reader, char *why)
{
        const struct run *run = reader->run;

        if (!need_sealed_by(reader, "forestage-run"))
                return true;
        for (unsigned int i = 0; i < RECORD_WRITERS; i++)
                if (i != RECORD_BY_RUNNER && reader->proof.first_of[i][0])
                        return need_miss(why,
                                "forestage-run sealed the region, but it holds the event %s of the "
                                "stage",
                                reader->proof.first_of[i]);
        for (size_t i = 0; i < run->files_count; i++)
                if (strncmp(run->files[i].path, "stage/", 6) == 0)
                        return need_miss(why,
                                "forestage-run sealed the region, but it holds the file %s of the "
                                "stage",
                                SHOWN(run->files[i].path));
        return true;
}

/* What init saw when it reaped the runner, and what it wrote into RUN. */
static bool runner_ended(const struct reader *reader, char *why)
{
        const struct run *run = reader->run;

        if (!need_sealed_by(reader, "init") || proof_count(&reader->proof, "runner.end") == 0)
                return true;
        if (reader->runner == RUNNER_UNKNOWN)
                return need_miss(why, "the event runner.end does not say how the runner ended");
        if (reader->runner != run->facts.runner || reader->runner_code != run->facts.runner_code)
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
static bool reason_told(const struct reader *reader, char *why)
{
        const char *reason = get_string(reader->run->summary, "reason");
        const char *trouble = reader->proof.trouble;

        if (reader->proof.version < 2 || !need_sealed_by(reader, "init") ||
                (!reason && !*trouble) || (reason && is_early(reason)))
                return true;
        if (reason && *reason && strncmp(reason, trouble, strlen(reason)) == 0)
                return true;
        return need_miss(
                why, "the RUN record has another reason than the first error of the stage");
}

static bool sealed_well(const struct reader *reader, char *why)
{
        const char *reason = get_string(reader->run->summary, "reason");
        const struct proof *proof = &reader->proof;

        if (reason && need_sealed_by(reader, "forestage-run"))
                return need_miss(why, "the RUN record has a reason: %s", SHOWN(reason));
        if (proof->version >= 2 && proof->seal != 0 && proof->seal + 1 != proof->number)
                return need_miss(why, "the event stage.seal is not directly before the RUN record");
        return true;
}

static bool plan_promises(const struct reader *reader, char *why)
{
        const json_t *planned;
        size_t i;

        json_array_foreach(reader->run->plan, i, planned)
        {
                bool promises = get_value(planned, "promise") != NULL;

                if (promises != (reader->proof.version >= 2))
                        return need_miss(
                                why, promises ? "the plan says what the jobs promise, but not "
                                                "in which version of the records"
                                              : "the plan does not say what its jobs promise");
        }
        return true;
}

/* A job is the same on each of its GPUs. */
static bool plan_agrees(const struct reader *reader, char *why)
{
        json_auto_t *first = json_object();
        json_t *planned;
        size_t i;

        json_array_foreach(reader->run->plan, i, planned)
        {
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
static bool traces_planned(const struct reader *reader, char *why)
{
        return !reader->proof.stray[0] || need_miss(why, "%s", reader->proof.stray);
}

/* Only what did not pass leaves a GPU in doubt, behind which everything is made anew. */
static bool nothing_doubted(const struct reader *reader, char *why)
{
        const struct run *run = reader->run;

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
static bool (*const needs[])(const struct reader *reader, char *why) = {
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

static void warn_of_version(struct reader *reader)
{
        if (reader->proof.version == 1 && json_array_size(reader->run->plan) > 0)
                problem(&reader->run->warnings,
                        "the records are of version 1, whose plan does not say what was to be "
                        "compared: it is only known what was");
}

void proof_of_run(struct reader *reader)
{
        const struct verdict_facts *facts = &reader->run->facts;
        char why[PROOF_TEXT];

        warn_of_version(reader);
        /* Of a run that says itself that it did not end well, nothing has to be proved. */
        if (!facts->region_complete || facts->run_records != 1 || facts->runner != RUNNER_EXITED ||
                facts->runner_code != 0)
                return;
        for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
                if (!needs[i](reader, why))
                        contradiction(reader->run, "%s", why);
}
