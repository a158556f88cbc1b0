/* What a run that ended well has; docs/records.md has the same table. */
#include "dom0/proof.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dom0/escape.h"
#include "dom0/reader.h"

__attribute__((format(printf, 2, 3))) static bool miss(char *why, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(why, PROOF_TEXT, format, arguments);
        va_end(arguments);
        return false;
}

static bool sealed_by(const struct reader *reader, const char *whom)
{
        const char *sealer = json_string_value(json_object_get(reader->run->summary, "sealed_by"));

        return sealer && strcmp(sealer, whom) == 0;
}

/* Version 1 did not say that it was one. */
static bool known_version(const struct reader *reader, char *why)
{
        if (!reader->proof.says_version || reader->proof.version == RECORD_VERSION)
                return true;
        return miss(why, "its records are of version %lld, which this forestage does not know",
                reader->proof.version);
}

static bool known_sealer(const struct reader *reader, char *why)
{
        const char *sealer = json_string_value(json_object_get(reader->run->summary, "sealed_by"));

        if (sealed_by(reader, "init") || sealed_by(reader, "forestage-run"))
                return true;
        return miss(why,
                "the RUN record says that %s sealed the region, and not init or "
                "forestage-run",
                shown_string(sealer).text);
}

/* Who sealed the memory that this boot's kernel command line names was the stage. */
static bool sealed_by_stage(const struct reader *reader, char *why)
{
        return !reader->proof.of_this_boot || sealed_by(reader, "init") ||
               miss(why, "the run of this boot was not sealed by init, which ends every stage");
}

static bool all_keys(const struct reader *reader, char *why)
{
        if (reader->proof.version < 2 || !reader->proof.lack[0])
                return true;
        return miss(why, "%s", reader->proof.lack);
}

static bool in_order(const struct reader *reader, char *why)
{
        const struct proof *proof = &reader->proof;

        if (proof->disorder[0])
                return miss(why, "%s", proof->disorder);
        return proof->version < 2 || !proof->late[0] || miss(why, "%s", proof->late);
}

static bool nothing_failed(const struct reader *reader, char *why)
{
        return !reader->proof.failed[0] || miss(why, "%s", reader->proof.failed);
}

/* Whether the event must be there: its writer had a part in the run. */
static bool is_needed(const struct reader *reader, const struct record_event *row)
{
        if (row->times != RECORD_ONCE)
                return false;
        if (row->writer == RECORD_BY_RUNNER || strcmp(row->name, "runner.end") == 0)
                return row->writer == RECORD_BY_RUNNER || sealed_by(reader, "init");
        return reader->proof.version >= 2 && sealed_by(reader, "init");
}

static bool events_there(const struct reader *reader, char *why)
{
        for (const struct record_event *row = record_events; row->name; row++)
                if (is_needed(reader, row) && proof_count(&reader->proof, row->name) == 0)
                        return miss(why, "the event %s is missing", row->name);
        return true;
}

static bool events_once(const struct reader *reader, char *why)
{
        const char *name;
        json_t *count;

        json_object_foreach(reader->proof.seen, name, count)
        {
                if (json_integer_value(count) > 1)
                        return miss(why, "the event %s was recorded %lld times, and not once",
                                shown_string(name).text, (long long)json_integer_value(count));
        }
        return true;
}

/* Nobody but the sealer of a file writes into it. */
static bool events_of_writer(const struct reader *reader, char *why)
{
        const struct run *run = reader->run;

        if (!sealed_by(reader, "forestage-run"))
                return true;
        for (unsigned int i = 0; i < RECORD_WRITERS; i++)
                if (i != RECORD_BY_RUNNER && reader->proof.first_of[i][0])
                        return miss(why,
                                "forestage-run sealed the region, but it holds the event %s of the "
                                "stage",
                                reader->proof.first_of[i]);
        for (size_t i = 0; i < run->files_count; i++)
                if (strncmp(run->files[i].path, "stage/", 6) == 0)
                        return miss(why,
                                "forestage-run sealed the region, but it holds the file %s of the "
                                "stage",
                                shown_string(run->files[i].path).text);
        return true;
}

/* What init saw when it reaped the runner, and what it wrote into RUN. */
static bool runner_ended(const struct reader *reader, char *why)
{
        const struct run *run = reader->run;

        if (!sealed_by(reader, "init") || proof_count(&reader->proof, "runner.end") == 0)
                return true;
        if (reader->runner == RUNNER_UNKNOWN)
                return miss(why, "the event runner.end does not say how the runner ended");
        if (reader->runner != run->facts.runner || reader->runner_code != run->facts.runner_code)
                return miss(why, "the runner.end event and the RUN record disagree on how the "
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
        const char *reason = json_string_value(json_object_get(reader->run->summary, "reason"));
        const char *trouble = reader->proof.trouble;

        if (reader->proof.version < 2 || !sealed_by(reader, "init") || (!reason && !*trouble) ||
                (reason && is_early(reason)))
                return true;
        if (reason && *reason && strncmp(reason, trouble, strlen(reason)) == 0)
                return true;
        return miss(why, "the RUN record has another reason than the first error of the stage");
}

static bool sealed_well(const struct reader *reader, char *why)
{
        const char *reason = json_string_value(json_object_get(reader->run->summary, "reason"));
        const struct proof *proof = &reader->proof;

        if (reason && sealed_by(reader, "forestage-run"))
                return miss(why, "the RUN record has a reason: %s", shown_string(reason).text);
        if (proof->version >= 2 && proof->seal != 0 && proof->seal + 1 != proof->number)
                return miss(why, "the event stage.seal is not directly before the RUN record");
        return true;
}

/* Whether two devices have the same text under the key. */
static bool is_twice(const json_t *devices, const char *key, const char **ret_text)
{
        json_t *seen = json_object(), *device;
        bool twice = false;
        size_t i;

        json_array_foreach(devices, i, device)
        {
                const char *text = json_string_value(json_object_get(device, key));

                if (!text)
                        continue;
                if (json_object_get(seen, text)) {
                        *ret_text = text;
                        twice = true;
                        break;
                }
                json_object_set_new(seen, text, json_true());
        }
        json_decref(seen);
        return twice;
}

static bool devices_there(const struct reader *reader, char *why)
{
        static const char *const keys[] = { "uuid", "pci" };
        const char *text;

        if (json_array_size(reader->run->devices) == 0)
                return miss(why, "run.devices lists no GPU");
        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
                if (is_twice(reader->run->devices, keys[i], &text))
                        return miss(why, "run.devices has two GPUs with the %s %s", keys[i],
                                shown_string(text).text);
        return true;
}

/* They are listed as CUDA counts them, each with what it is. */
static bool devices_counted(const struct reader *reader, char *why)
{
        static const char *const keys[] = { "memory_bytes", "multiprocessors" };
        const json_t *device;
        size_t i;

        if (reader->proof.version < 2)
                return true;
        json_array_foreach(reader->run->devices, i, device)
        {
                if ((size_t)json_integer_value(json_object_get(device, "index")) != i)
                        return miss(why, "run.devices has a GPU that is not in its place");
                for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
                        if (json_integer_value(json_object_get(device, keys[k])) == 0)
                                return miss(why, "run.devices has a GPU without \"%s\"", keys[k]);
        }
        return true;
}

/* Those that init woke are those that CUDA lists; the rehearsal's need no driver. */
static bool devices_driven(const struct reader *reader, char *why)
{
        const json_t *gpus = reader->proof.gpus, *device;
        size_t i;

        if (reader->proof.version < 2 || !sealed_by(reader, "init") || reader->run->rehearsal)
                return true;
        json_array_foreach(reader->run->devices, i, device)
        {
                const char *pci = json_string_value(json_object_get(device, "pci"));

                if (!pci || !json_object_get(gpus, pci))
                        return miss(why, "run.devices has the GPU %s, and driver.gpu has not",
                                shown_string(pci).text);
        }
        return i == json_object_size(gpus) ||
               miss(why, "driver.gpu has %zu GPUs, and run.devices has %zu", json_object_size(gpus),
                       i);
}

static bool same_truth(const json_t *a, const json_t *b)
{
        return !json_is_boolean(a) || !json_is_boolean(b) || json_is_true(a) == json_is_true(b);
}

/* Either the whole run was on the interpreter or none of it. */
static bool one_rehearsal(const struct reader *reader, char *why)
{
        const struct run *run = reader->run;
        const json_t *where = json_object_get(run->where, "rehearsal"), *device;
        size_t i;

        if (reader->proof.version >= 2 && !json_is_boolean(where))
                return miss(why, "run.where does not say whether this is a rehearsal");
        json_array_foreach(run->devices, i, device)
        {
                if (!same_truth(where, json_object_get(device, "rehearsal")))
                        return miss(why, "run.where and run.devices disagree on whether this is a "
                                         "rehearsal");
        }
        for (i = 0; i < run->results_count; i++)
                if (!same_truth(where, json_object_get(run->results[i].object, "rehearsal")))
                        return miss(why, "run.where and a RESULT disagree on whether this is a "
                                         "rehearsal");
        return true;
}

/* A bare machine has no vendor of a hypervisor, and every other has one. */
static bool one_hypervisor(const struct reader *reader, char *why)
{
        const json_t *where = reader->run->where;

        if (json_is_false(json_object_get(where, "hypervisor")) &&
                json_is_string(json_object_get(where, "hypervisor_vendor")))
                return miss(why, "run.where names the vendor of a hypervisor and says that there "
                                 "is none");
        if (reader->proof.version >= 2 &&
                json_is_true(json_object_get(where, "hypervisor")) !=
                        json_is_string(json_object_get(where, "hypervisor_vendor")))
                return miss(why, "run.where names no vendor of its hypervisor");
        return reader->proof.version < 2 || json_is_boolean(json_object_get(where, "hypervisor")) ||
               miss(why, "run.where does not say whether there is a hypervisor");
}

static bool plan_promises(const struct reader *reader, char *why)
{
        const json_t *planned;
        size_t i;

        json_array_foreach(reader->run->plan, i, planned)
        {
                bool promises = json_object_get(planned, "promise") != NULL;

                if (promises != (reader->proof.version >= 2))
                        return miss(why, promises ? "the plan says what the jobs promise, but not "
                                                    "in which version of the records"
                                                  : "the plan does not say what its jobs promise");
        }
        return true;
}

/* A job is the same on each of its GPUs. */
static bool plan_agrees(const struct reader *reader, char *why)
{
        json_t *first = json_object(), *planned, *other;
        bool good = true;
        size_t i;

        json_array_foreach(reader->run->plan, i, planned)
        {
                const json_t *job = json_object_get(planned, "job");
                const json_t *promise = json_object_get(planned, "promise");

                if (!good || json_object_size(promise) == 0)
                        continue; /* one that does not run */
                other = json_object_get(first, json_string_value(job));
                if (!other)
                        json_object_set(first, json_string_value(job), planned);
                else if (!json_equal(json_object_get(other, "promise"), promise) ||
                         !json_equal(
                                 json_object_get(other, "kind"), json_object_get(planned, "kind")))
                        good = miss(why, "the plan has job %s with two promises",
                                shown_string(json_string_value(job)).text);
        }
        json_decref(first);
        return good;
}

/* No job.start or job.end but those of the plan. */
static bool traces_planned(const struct reader *reader, char *why)
{
        return !reader->proof.stray[0] || miss(why, "%s", reader->proof.stray);
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
        devices_there,
        devices_counted,
        devices_driven,
        one_rehearsal,
        one_hypervisor,
        plan_promises,
        plan_agrees,
        traces_planned,
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
