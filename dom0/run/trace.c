#include "dom0/run/trace.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/base/escape.h"
#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "dom0/run/fields.h"
#include "dom0/run/intake.h"

#define NAMES_MOST 64u /* of events that have no row of their own, of those that are counted */

void proof_start(struct proof *proof)
{
        *proof = (struct proof){
                .seen = json_object(),
                .running = json_object(),
                .latest = json_object(),
                .gpus = json_object(),
                .trace_index = json_object(),
                .version = 1,
                .last_s = -1,
                .last_tsc = -1,
        };
}

void proof_clear(struct proof *proof)
{
        json_decref(proof->seen);
        json_decref(proof->running);
        json_decref(proof->latest);
        json_decref(proof->gpus);
        json_decref(proof->trace_index);
        free(proof->trace);
}

/* The first of a kind is kept. */
__attribute__((format(printf, 2, 3))) static void note(
        char kept[PROOF_TEXT], const char *format, ...)
{
        va_list arguments;

        if (kept[0])
                return;
        va_start(arguments, format);
        vsnprintf(kept, PROOF_TEXT, format, arguments);
        va_end(arguments);
}

void proof_note_lack(
        struct proof *proof, const json_t *object, const struct record_key *table, const char *what)
{
        if (!proof->lack[0])
                fields_lack(object, table, what, proof->lack, sizeof(proof->lack));
}

size_t proof_count(const struct proof *proof, const char *name)
{
        return (size_t)get_integer(proof->seen, name);
}

/* --- of a planned job on a device --- */

const struct trace *proof_trace(const struct proof *proof, const char *key)
{
        const json_t *index = get_value(proof->trace_index, key);

        return index ? &proof->trace[json_integer_value(index)] : NULL;
}

/* NULL: it was not planned, or not before. Nothing is kept of it, so that a plan is the limit. */
static struct trace *trace_of(struct intake *intake, const char *key)
{
        struct proof *proof = &intake->proof;
        const json_t *index = get_value(proof->trace_index, key);

        if (index)
                return &proof->trace[json_integer_value(index)];
        if (!get_value(intake->planned, key))
                return NULL;
        proof->trace = memory_grow(proof->trace, proof->traces, sizeof(*proof->trace));
        set_value(proof->trace_index, key, json_integer((json_int_t)proof->traces));
        proof->trace[proof->traces] = (struct trace){ .start_s = -1, .end_s = -1, .wall_s = -1 };
        return &proof->trace[proof->traces++];
}

static double seconds_of(const json_t *event, const char *key)
{
        const json_t *value = get_value(event, key);

        return json_is_number(value) ? json_number_value(value) : -1;
}

static const char *device_of(const char *key)
{
        return strrchr(key, '/') + 1;
}

/* Those that run on the key's device. */
static json_t *running_with(struct proof *proof, const char *key)
{
        const char *device = device_of(key);

        if (!get_value(proof->running, device))
                set_value(proof->running, device, json_object());
        return get_value(proof->running, device);
}

/* A GPU has one job at a time, or as many as each of them says. */
static void check_beside(struct proof *proof, const char *key, json_int_t beside)
{
        json_t *running = running_with(proof, key), *others;
        json_int_t count = (json_int_t)json_object_size(running);
        const char *other;

        json_object_foreach(running, other, others) {
                if (json_integer_value(others) < count || beside < count) {
                        note(proof->late, "%s was started before %s ended", SHOWN(key),
                                SHOWN(other));
                        break;
                }
        }
        set_value(running, key, json_integer(beside));
}

/* In the order of the plan. */
static void check_start(struct intake *intake, const char *key, const json_t *event)
{
        struct proof *proof = &intake->proof;
        const char *device = device_of(key);
        const json_t *place = get_value(intake->planned, key);
        const json_t *latest = get_value(proof->latest, device);

        check_beside(proof, key, get_integer(event, "beside"));
        if (latest && json_integer_value(latest) > json_integer_value(place))
                note(proof->late, "%s was not started in its place of the plan", SHOWN(key));
        json_object_set(proof->latest, device, (json_t *)place);
}

static void check_end(struct proof *proof, const char *key)
{
        json_t *running = running_with(proof, key);

        if (!get_value(running, key))
                note(proof->late, "%s ended before it was started", SHOWN(key));
        json_object_del(running, key);
}

/* It did not come to an end side by side with others: it is started once more, in its place. */
static void take_job_apart(
        struct intake *intake, struct trace *trace, const char *key, const json_t *event)
{
        struct proof *proof = &intake->proof;
        json_int_t place = json_integer_value(get_value(intake->planned, key));
        const char *device = device_of(key);

        if (trace->starts != 1 || trace->ends > 0 || trace->beside == 0 || trace->aparts++ > 0) {
                note(proof->late,
                        "%s was not running side by side with others when it was taken "
                        "from them",
                        SHOWN(key));
                return;
        }
        trace->starts = 0;
        trace->beside = 0;
        trace->question = get_bool(event, "question");
        json_object_del(running_with(proof, key), key);
        if (get_integer(proof->latest, device) >= place)
                set_value(proof->latest, device, json_integer(place - 1));
}

static void take_job_start(
        struct intake *intake, struct trace *trace, const char *key, const json_t *event)
{
        check_start(intake, key, event);
        if (trace->starts++ > 0)
                return;
        trace->beside = get_integer(event, "beside");
        trace->start = intake->proof.number;
        trace->start_s = seconds_of(event, "monotonic_s");
}

static void take_job_end(
        struct intake *intake, struct trace *trace, const char *key, const json_t *event)
{
        const char *status = get_string(event, "status");

        check_end(&intake->proof, key);
        if (trace->ends++ > 0)
                return;
        trace->end = intake->proof.number;
        trace->end_s = seconds_of(event, "monotonic_s");
        trace->wall_s = seconds_of(event, "wall_s");
        snprintf(trace->status, sizeof(trace->status), "%s", status ? status : "");
}

static void take_job(struct intake *intake, const char *name, const json_t *event)
{
        char key[JOB_KEY_SIZE];
        const char *why = intake_job_key(event, key);
        struct trace *trace = why ? NULL : trace_of(intake, key);

        if (why)
                contradict(intake->run, "the event %s: its job %s", name, why);
        else if (!trace)
                note(intake->proof.stray, "%s was started or ended, but is not planned",
                        SHOWN(key));
        else if (strcmp(name, "job.start") == 0)
                take_job_start(intake, trace, key, event);
        else if (strcmp(name, "job.apart") == 0)
                take_job_apart(intake, trace, key, event);
        else
                take_job_end(intake, trace, key, event);
}

void proof_take_result(struct intake *intake, const char *key)
{
        struct trace *trace = trace_of(intake, key);

        if (trace && trace->result == 0)
                trace->result = intake->proof.number;
}

void proof_take_file(struct intake *intake, const char *key)
{
        struct trace *trace = trace_of(intake, key);

        if (!trace)
                return; /* a file of a job that is not planned is refused */
        if (trace->first_file == 0)
                trace->first_file = intake->proof.number;
        trace->last_file = intake->proof.number;
}

/* --- of an event --- */

/* Linux's clock never goes back; before Linux there is one processor and its counter. */
static void check_clock(
        struct proof *proof, const char *name, const struct record_event *row, const json_t *event)
{
        const json_t *monotonic = get_value(event, "monotonic_s");
        json_int_t tsc = get_integer(event, "tsc");

        if (row && row->writer == RECORD_BY_EFI) {
                if (proof->linux_began)
                        note(proof->disorder,
                                "the event %s of forestage.efi is behind one of Linux",
                                SHOWN(name));
                if (tsc < proof->last_tsc)
                        note(proof->disorder, "the event %s is earlier than the one before it",
                                SHOWN(name));
                proof->last_tsc = tsc;
                return;
        }
        proof->linux_began = true;
        if (row && !monotonic)
                note(proof->lack, "the event %s has no \"monotonic_s\"", SHOWN(name));
        if (!monotonic)
                return;
        if (json_number_value(monotonic) < proof->last_s)
                note(proof->disorder, "the event %s is earlier than the one before it",
                        SHOWN(name));
        proof->last_s = json_number_value(monotonic);
}

/* Those that happen once come as the table has them; jobs start and end in between. */
static void check_place(struct proof *proof, const char *name, const struct record_event *row)
{
        const struct record_event *before = proof->row;

        if (!row || row->times == RECORD_ANY || row->name[strlen(row->name) - 1] == '.')
                return;
        if (before && row < before &&
                !(row->times == RECORD_EACH_JOB && before->times == RECORD_EACH_JOB))
                note(proof->late, "the event %s is behind %s, which is later in a run", SHOWN(name),
                        before->name);
        else
                proof->row = row;
}

/* Only names that can come too often, and of those of a family no more than any run has. */
static void count_event(struct proof *proof, const char *name, const struct record_event *row)
{
        size_t count = proof_count(proof, name);
        bool family = row && row->name[strlen(row->name) - 1] == '.';

        if (!row || row->times == RECORD_ANY || row->times == RECORD_EACH_JOB)
                return;
        if (family && count == 0 && proof->names++ >= NAMES_MOST) {
                note(proof->disorder,
                        "there are more than %u kinds of events beside those of the "
                        "table",
                        NAMES_MOST);
                return;
        }
        set_value(proof->seen, name, json_integer((json_int_t)count + 1));
}

static void take_version(struct proof *proof, const json_t *plan)
{
        const json_t *records = get_value(plan, "records");

        proof->says_version = records != NULL;
        if (json_is_integer(records))
                proof->version = json_integer_value(records);
}

static void take_gpu(struct proof *proof, const json_t *event)
{
        const char *pci = get_string(event, "pci");

        if (json_object_size(proof->gpus) > record_ranges[RECORD_DEVICE].most)
                note(proof->disorder, "there are more GPUs than can be counted");
        else if (pci && get_value(proof->gpus, pci))
                note(proof->disorder, "driver.gpu has the GPU %s twice", SHOWN(pci));
        else if (pci)
                set_value(proof->gpus, pci, json_true());
}

/* Of a step of the stage: what init writes into RUN of the first. */
static void take_trouble(struct proof *proof, const char *name, const json_t *event)
{
        const char *error = get_string(event, "error");

        if (error && strncmp(name, "stage.", 6) == 0)
                note(proof->trouble, "%s: %s", name, error);
}

void proof_take_event(struct intake *intake, const char *name, const json_t *event)
{
        const struct record_event *row = record_event_find(name);
        struct proof *proof = &intake->proof;

        if (row)
                note(proof->first_of[row->writer], "%s", SHOWN(name));
        if (row && row->error == RECORD_NO_PASS && get_value(event, "error"))
                note(proof->failed, "the event %s has an error", SHOWN(name));
        take_trouble(proof, name, event);
        count_event(proof, name, row);
        check_clock(proof, name, row, event);
        check_place(proof, name, row);
        if (row && row->times == RECORD_EACH_JOB)
                take_job(intake, name, event);
        else if (strcmp(name, "run.plan") == 0 && proof_count(proof, name) == 1)
                take_version(proof, event);
        else if (strcmp(name, "driver.gpu") == 0)
                take_gpu(proof, event);
        else if (strcmp(name, "stage.seal") == 0)
                proof->seal = proof->number;
}
