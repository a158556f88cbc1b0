#include "dom0/proof.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/escape.h"
#include "dom0/fields.h"
#include "dom0/memory.h"
#include "dom0/reader.h"

void proof_start(struct proof *proof)
{
        *proof = (struct proof){
                .seen = json_object(),
                .trace_index = json_object(),
                .version = 1,
                .last_s = -1,
                .last_tsc = -1,
        };
}

void proof_clear(struct proof *proof)
{
        json_decref(proof->seen);
        json_decref(proof->trace_index);
        free(proof->trace);
}

/* --- what comes by --- */

void proof_note_lack(
        struct proof *proof, const json_t *object, const struct record_key *table, const char *what)
{
        if (!proof->lack[0])
                fields_lack(object, table, what, proof->lack, sizeof(proof->lack));
}

size_t proof_count(const struct proof *proof, const char *name)
{
        return (size_t)json_integer_value(json_object_get(proof->seen, name));
}

static struct trace *trace_of(struct proof *proof, const char *key)
{
        const json_t *index = json_object_get(proof->trace_index, key);

        if (index)
                return &proof->trace[json_integer_value(index)];
        proof->trace = memory_grow(proof->trace, proof->traces, sizeof(*proof->trace));
        json_object_set_new(proof->trace_index, key, json_integer((json_int_t)proof->traces));
        proof->trace[proof->traces] = (struct trace){ .start_s = -1, .end_s = -1, .wall_s = -1 };
        return &proof->trace[proof->traces++];
}

const struct trace *proof_trace(const struct proof *proof, const char *key)
{
        const json_t *index = json_object_get(proof->trace_index, key);

        return index ? &proof->trace[json_integer_value(index)] : NULL;
}

__attribute__((format(printf, 2, 3))) static void disorder(
        struct proof *proof, const char *format, ...)
{
        va_list arguments;

        if (proof->disorder[0])
                return;
        va_start(arguments, format);
        vsnprintf(proof->disorder, sizeof(proof->disorder), format, arguments);
        va_end(arguments);
}

/* Linux's clock never goes back; before Linux there is one processor and its counter. */
static void check_order(struct proof *proof, const char *name, const json_t *event)
{
        const struct record_event *row = record_event_find(name);
        const json_t *monotonic = json_object_get(event, "monotonic_s");
        json_int_t tsc = json_integer_value(json_object_get(event, "tsc"));

        if (row && row->writer == RECORD_BY_EFI) {
                if (proof->linux_began)
                        disorder(proof, "the event %s of forestage.efi is behind one of Linux",
                                shown_string(name).text);
                if (tsc < proof->last_tsc)
                        disorder(proof, "the event %s is earlier than the one before it",
                                shown_string(name).text);
                proof->last_tsc = tsc;
                return;
        }
        proof->linux_began = true;
        if (row && !monotonic && !proof->lack[0])
                snprintf(proof->lack, sizeof(proof->lack), "the event %s has no \"monotonic_s\"",
                        shown_string(name).text);
        if (!monotonic)
                return;
        if (json_number_value(monotonic) < proof->last_s)
                disorder(proof, "the event %s is earlier than the one before it",
                        shown_string(name).text);
        proof->last_s = json_number_value(monotonic);
}

static double seconds_of(const json_t *event, const char *key)
{
        const json_t *value = json_object_get(event, key);

        return json_is_number(value) ? json_number_value(value) : -1;
}

static void take_job_start(struct proof *proof, const char *key, const json_t *event)
{
        struct trace *trace = trace_of(proof, key);

        if (trace->starts++ > 0)
                return;
        trace->start = proof->number;
        trace->start_s = seconds_of(event, "monotonic_s");
}

static void take_job_end(struct proof *proof, const char *key, const json_t *event)
{
        struct trace *trace = trace_of(proof, key);
        const char *status = json_string_value(json_object_get(event, "status"));

        if (trace->ends++ > 0)
                return;
        trace->end = proof->number;
        trace->end_s = seconds_of(event, "monotonic_s");
        trace->wall_s = seconds_of(event, "wall_s");
        snprintf(trace->status, sizeof(trace->status), "%s", status ? status : "");
}

static void take_job(struct reader *reader, const char *name, const json_t *event)
{
        char key[JOB_KEY_SIZE];
        const char *why = reader_job_key(event, key);

        if (why)
                contradiction(reader->run, "the event %s: its job %s", name, why);
        else if (strcmp(name, "job.start") == 0)
                take_job_start(&reader->proof, key, event);
        else
                take_job_end(&reader->proof, key, event);
}

static void take_version(struct proof *proof, const json_t *plan)
{
        const json_t *records = json_object_get(plan, "records");

        if (json_is_integer(records))
                proof->version = json_integer_value(records);
}

void proof_take_event(struct reader *reader, const char *name, const json_t *event)
{
        struct proof *proof = &reader->proof;
        size_t count = proof_count(proof, name);

        json_object_set_new(proof->seen, name, json_integer((json_int_t)count + 1));
        check_order(proof, name, event);
        if (strcmp(name, "job.start") == 0 || strcmp(name, "job.end") == 0)
                take_job(reader, name, event);
        else if (strcmp(name, "run.plan") == 0 && count == 0)
                take_version(proof, event);
        else if (strcmp(name, "run.devices") == 0)
                proof->no_devices |= json_object_get(event, "error") != NULL;
        else if (strcmp(name, "stage.jobs") == 0)
                proof->jobs_step_failed |= json_object_get(event, "error") != NULL;
        else if (strcmp(name, "stage.seal") == 0)
                proof->seal = proof->number;
}

void proof_take_result(struct reader *reader, const char *key)
{
        struct trace *trace = trace_of(&reader->proof, key);

        if (trace->result == 0)
                trace->result = reader->proof.number;
}

void proof_take_file(struct reader *reader, const char *key)
{
        struct trace *trace = trace_of(&reader->proof, key);

        if (trace->first_file == 0)
                trace->first_file = reader->proof.number;
        trace->last_file = reader->proof.number;
}

/* --- what a run that ended well has --- */

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

static bool known_version(const struct reader *reader, char *why)
{
        long long version = reader->proof.version;

        if (version >= 1 && version <= RECORD_VERSION)
                return true;
        return miss(why, "its records are of version %lld, which this forestage does not know",
                version);
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

static bool all_keys(const struct reader *reader, char *why)
{
        if (reader->proof.version < 2 || !reader->proof.lack[0])
                return true;
        return miss(why, "%s", reader->proof.lack);
}

static bool in_order(const struct reader *reader, char *why)
{
        return !reader->proof.disorder[0] || miss(why, "%s", reader->proof.disorder);
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
                const struct record_event *row = record_event_find(name);

                if (row && (row->times == RECORD_ONCE || row->times == RECORD_AT_MOST) &&
                        json_integer_value(count) > 1)
                        return miss(why, "the event %s was recorded %lld times, and not once",
                                shown_string(name).text, (long long)json_integer_value(count));
        }
        return true;
}

/* Nobody but the sealer of a file writes into it. */
static bool events_of_writer(const struct reader *reader, char *why)
{
        const struct run *run = reader->run;
        const char *name;
        json_t *count;

        if (!sealed_by(reader, "forestage-run"))
                return true;
        json_object_foreach(reader->proof.seen, name, count)
        {
                const struct record_event *row = record_event_find(name);

                if (row && row->writer != RECORD_BY_RUNNER)
                        return miss(why,
                                "forestage-run sealed the region, but it holds the event "
                                "%s of the stage",
                                shown_string(name).text);
        }
        for (size_t i = 0; i < run->files_count; i++)
                if (strncmp(run->files[i].path, "stage/", 6) == 0)
                        return miss(why,
                                "forestage-run sealed the region, but it holds the file "
                                "%s of the stage",
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

static bool sealed_well(const struct reader *reader, char *why)
{
        const char *reason = json_string_value(json_object_get(reader->run->summary, "reason"));
        const struct proof *proof = &reader->proof;

        if (proof->jobs_step_failed)
                return miss(why, "the event stage.jobs has an error");
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

        if (reader->proof.no_devices)
                return miss(why, "the event run.devices has an error");
        if (json_array_size(reader->run->devices) == 0)
                return miss(why, "run.devices lists no GPU");
        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
                if (is_twice(reader->run->devices, keys[i], &text))
                        return miss(why, "run.devices has two GPUs with the %s %s", keys[i],
                                shown_string(text).text);
        return true;
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

/* A bare machine has no vendor of a hypervisor. */
static bool one_hypervisor(const struct reader *reader, char *why)
{
        const json_t *where = reader->run->where;

        if (json_is_false(json_object_get(where, "hypervisor")) &&
                json_is_string(json_object_get(where, "hypervisor_vendor")))
                return miss(why, "run.where names the vendor of a hypervisor and says that there "
                                 "is none");
        return true;
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

/* No job.start or job.end but those of the plan. */
static bool traces_planned(const struct reader *reader, char *why)
{
        json_t *planned = json_object(), *one, *index;
        const char *key;
        bool good = true;
        size_t i;

        json_array_foreach(reader->run->plan, i, one)
        {
                char name[JOB_KEY_SIZE];

                if (!reader_job_key(one, name))
                        json_object_set_new(planned, name, json_true());
        }
        json_object_foreach(reader->proof.trace_index, key, index)
        {
                const struct trace *trace = &reader->proof.trace[json_integer_value(index)];

                if (json_object_get(planned, key) || trace->starts + trace->ends == 0)
                        continue;
                good = miss(
                        why, "%s was started or ended, but is not planned", shown_string(key).text);
                break;
        }
        json_decref(planned);
        return good;
}

/* Everything that is not about a single job; docs/records.md has the same table. */
static bool (*const needs[])(const struct reader *reader, char *why) = {
        known_version,
        known_sealer,
        events_once,
        events_there,
        events_of_writer,
        all_keys,
        in_order,
        runner_ended,
        sealed_well,
        devices_there,
        one_rehearsal,
        one_hypervisor,
        plan_promises,
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
