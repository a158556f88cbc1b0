#include "runner/record/record.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "jobs/argument.h"
#include "jobs/check_tests.h"
#include "jobs/jobfile.h"
#include "jobs/standing/limit.h"

json_t *record_device(const struct device *device)
{
        char compute[32];

        snprintf(compute, sizeof(compute), "%d.%d", device->compute_major, device->compute_minor);
        return json_pack("{s:i, s:s, s:s, s:s, s:I, s:s, s:i, s:b}", "index", (int)device->index,
                "name", device->name, "uuid", device->uuid, "pci", device->pci, "memory_bytes",
                (json_int_t)device->memory_bytes, "compute", compute, "multiprocessors",
                device->multiprocessors, "rehearsal", device->rehearsal);
}

static bool copy_string(const json_t *object, const char *key, char *ret_text, size_t size)
{
        const char *text = json_string_value(json_object_get(object, key));

        if (!text || strlen(text) >= size)
                return false;
        memcpy(ret_text, text, strlen(text) + 1);
        return true;
}

bool record_read_device(const json_t *object, struct device *ret_device)
{
        struct device device = { .index = 0 };
        json_t *index = json_object_get(object, "index");
        char compute[32];

        if (!json_is_integer(index) || json_integer_value(index) < 0 ||
                json_integer_value(index) > 4095 ||
                !copy_string(object, "name", device.name, sizeof(device.name)) ||
                !copy_string(object, "uuid", device.uuid, sizeof(device.uuid)) ||
                !copy_string(object, "pci", device.pci, sizeof(device.pci)) ||
                !copy_string(object, "compute", compute, sizeof(compute)) ||
                sscanf(compute, "%d.%d", &device.compute_major, &device.compute_minor) != 2)
                return false;
        device.index = (unsigned)json_integer_value(index);
        device.memory_bytes = (uint64_t)json_integer_value(json_object_get(object, "memory_bytes"));
        device.multiprocessors =
                (int)json_integer_value(json_object_get(object, "multiprocessors"));
        device.rehearsal = json_is_true(json_object_get(object, "rehearsal"));
        *ret_device = device;
        return true;
}

static json_t *device_number(const struct entry *entry)
{
        return entry->index < 0 ? json_null() : json_integer(entry->index);
}

/* --- what a job promises --- */

static json_t *words_json(const struct words *words)
{
        json_t *list = json_array();

        for (size_t i = 0; i < words->count; i++)
                json_array_append_new(list, json_string(words->word[i]));
        return list;
}

static void promise_expectations(json_t *promise, const struct job *job)
{
        json_t *list = json_array();

        for (size_t i = 0; i < job->expectations; i++)
                json_array_append_new(list, json_string(job->expectation[i].file));
        json_object_set_new(promise, "expect", list);
}

static void promise_kernel(json_t *promise, const struct job *job)
{
        json_t *list = json_array();

        for (size_t i = 0; i < job->kernel.arguments; i++) {
                const struct argument *argument = &job->kernel.argument[i];

                if (argument_is_output(argument))
                        json_array_append_new(list, json_string(argument->file));
        }
        json_object_set_new(promise, "outputs", list);
        promise_expectations(promise, job);
}

/* The limits of the standing condition, which health looks at. */
static json_t *promise_standing(const struct job *job, uint64_t chosen)
{
        json_t *list = json_array();

        for (enum standing_item i = 0; chosen >> CHECK_HEALTH & 1 && i < STANDING_ITEMS; i++) {
                struct standing_limit limit = standing_limit_of(&job->check.standing, i);
                char text[STANDING_LIMIT_TEXT];

                standing_write(&limit, text);
                json_array_append_new(list, json_string(text));
        }
        return list;
}

static void promise_check(json_t *promise, const struct job *job)
{
        uint64_t chosen = check_chosen(job);
        uint64_t duration = job->check.duration_ms;
        json_t *tests = json_array();

        for (enum check_kind i = 0; i < CHECK_KINDS; i++) {
                if (chosen >> i & 1)
                        json_array_append_new(tests, json_string(check_tests[i].name));
        }
        if (job->check.level)
                json_object_set_new(promise, "level", json_string(job->check.level));
        json_object_set_new(promise, "tests", tests);
        json_object_set_new(promise, "require", words_json(&job->check.require));
        json_object_set_new(promise, "standing", promise_standing(job, chosen));
        json_object_set_new(promise, "devices",
                job->check.expect_devices ? json_integer(job->check.expect_devices) : json_null());
        json_object_set_new(promise, "baseline_percent",
                job->check.baseline ? json_real(job->check.baseline_percent) : json_null());
        json_object_set_new(promise, "duration_s",
                duration > 0 ? json_real((double)duration / 1e3) : json_null());
}

/* An entry that does not run promises nothing. */
static json_t *promise_of(const struct entry *entry)
{
        static void (*const makers[])(json_t * promise, const struct job *job) = {
                [JOB_KERNEL] = promise_kernel,
                [JOB_PROGRAM] = promise_expectations,
                [JOB_CHECK] = promise_check,
        };
        enum job_type type = entry->job->type;
        json_t *promise = json_object();

        if (!entry->decided && type < sizeof(makers) / sizeof(makers[0]) && makers[type])
                makers[type](promise, entry->job);
        if (!entry->decided && type == JOB_CHECK)
                json_object_set_new(promise, "limits", json_boolean(plan_has_limits(entry)));
        if (!entry->decided && type == JOB_CHECK)
                json_object_set_new(promise, "peer_percent",
                        plan_compares_peers(entry) ? json_real(entry->job->check.peer_percent)
                                                   : json_null());
        return promise;
}

/* The values of a point, by their names. */
static json_t *sweep_json(const struct entry *entry)
{
        const struct sweep *sweep = entry->job->sweep;
        json_t *values = sweep ? json_object() : NULL;

        for (size_t i = 0; sweep && i < sweep->names; i++)
                json_object_set_new(values, sweep->name[i].name,
                        json_string(sweep_value(sweep, i, entry->point)));
        return values;
}

static json_t *planned_json(const struct entry *entry)
{
        char name[JOB_MAX_NAME + 1];
        struct entry made = *entry;
        struct job point = { .point = 0 };
        json_t *object;

        if (entry->job->sweep && !entry->decided) {
                made.job = &point;
                if (!jobfile_point(entry->job, entry->point, &point)) {
                        job_clear(&point);
                        return NULL;
                }
        }
        plan_job_name(entry, name);
        object = json_pack("{s:s, s:s, s:o, s:o, s:s*, s:o*}", "job", name, "kind",
                job_type_name(entry->job->type), "device", device_number(entry), "promise",
                promise_of(&made), "description", entry->job->description, "sweep",
                sweep_json(entry));
        job_clear(&point);
        return object;
}

/* A text that grows. */
struct text {
        char *bytes;
        size_t length, room;
};

/* A json_dump_callback_t. */
static int put_text(const char *from, size_t length, void *context)
{
        struct text *text = context;
        size_t room = text->room > 0 ? text->room : 4096;
        char *grown;

        while (room - text->length <= length)
                room *= 2;
        if (room > text->room) {
                grown = realloc(text->bytes, room);
                if (!grown)
                        return -1;
                text->bytes = grown;
                text->room = room;
        }
        memcpy(text->bytes + text->length, from, length);
        text->length += length;
        return 0;
}

static int put_json(struct text *text, const json_t *object)
{
        return json_dump_callback(object, put_text, text, JSON_COMPACT | JSON_REAL_PRECISION(17));
}

static int put_entry(struct text *text, const struct entry *entry)
{
        json_t *object = planned_json(entry);
        int error = object ? put_json(text, object) : -1;

        json_decref(object);
        return error;
}

char *record_plan(const json_t *event, const struct plan *plan, size_t *ret_bytes)
{
        static const char list[] = ",\"planned\":[";
        struct text text = { NULL, 0, 0 };
        int error = put_json(&text, event);

        text.length -= error == 0; /* the object goes on */
        error = error || put_text(list, strlen(list), &text) != 0;
        for (size_t i = 0; i < plan->count && !error; i++)
                error = (i > 0 && put_text(",", 1, &text) != 0) ||
                        put_entry(&text, &plan->entry[i]) != 0;
        if (error || put_text("]}", 3, &text) != 0) { /* with the NUL */
                free(text.bytes);
                return NULL;
        }
        *ret_bytes = text.length - 1;
        return text.bytes;
}

void record_name_entry(json_t *event, const struct entry *entry)
{
        char name[JOB_MAX_NAME + 1];

        plan_job_name(entry, name);
        json_object_set_new(event, "job", json_string(name));
        json_object_set_new(event, "device", device_number(entry));
}

static json_t *real_or_text(double value)
{
        if (isnan(value))
                return json_string("nan");
        if (isinf(value))
                return json_string(value < 0 ? "-inf" : "inf");
        return json_real(value);
}

static json_t *unsigned_or_text(uint64_t value)
{
        char text[24];

        if (value <= INT64_MAX)
                return json_integer((json_int_t)value);
        snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
        return json_string(text);
}

static json_t *element_json(enum element_class class, union element element)
{
        if (class == ELEMENT_REAL)
                return real_or_text(element.real);
        return class == ELEMENT_SIGNED ? json_integer(element.i) : unsigned_or_text(element.u);
}

json_t *record_worst(enum element_type type, const struct worst *worst)
{
        enum element_class class = element_class(type);

        return json_pack("{s:I, s:o, s:o, s:o}", "index", (json_int_t)worst->index, "expected",
                element_json(class, worst->expected), "found", element_json(class, worst->found),
                "error",
                class == ELEMENT_REAL ? real_or_text(worst->error)
                                      : unsigned_or_text(worst->difference));
}

/* The exit code of a job that passed is not news. */
static void add_end(json_t *result, const struct outcome *outcome)
{
        if (!outcome->exited)
                return;
        if (WIFSIGNALED(outcome->wait_status))
                json_object_set_new(result, "signal", json_integer(WTERMSIG(outcome->wait_status)));
        else
                json_object_set_new(
                        result, "exit_code", json_integer(WEXITSTATUS(outcome->wait_status)));
}

static void add_dropped(json_t *result, const char *key, uint64_t bytes)
{
        if (bytes > 0)
                json_object_set_new(result, key, json_integer((json_int_t)bytes));
}

json_t *record_result(const struct entry *entry, const struct outcome *outcome, bool rehearsal)
{
        const struct device *device = entry->device;
        char name[JOB_MAX_NAME + 1];
        json_t *result;

        plan_job_name(entry, name);
        result = json_pack("{s:s, s:s, s:o, s:s?, s:s?, s:s?, s:b, s:s, s:s*, s:f, s:f, s:o, s:o}",
                "job", name, "kind", job_type_name(entry->job->type), "device",
                device_number(entry), "name", device ? device->name : NULL, "uuid",
                device ? device->uuid : NULL, "pci", device ? device->pci : NULL, "rehearsal",
                device ? device->rehearsal : rehearsal, "status", status_name(outcome->status),
                "reason", outcome->status != STATUS_PASS ? outcome->reason : NULL, "start_s",
                outcome->start_s, "wall_s", outcome->wall_s, "timings",
                outcome->timings ? json_incref(outcome->timings) : json_object(), "outputs",
                outcome->outputs ? json_incref(outcome->outputs) : json_array());

        if (outcome->check)
                json_object_set(result, "check", outcome->check);
        add_end(result, outcome);
        if (outcome->ahead)
                json_object_set_new(result, "started_ahead", json_true());
        if (outcome->fresh)
                json_object_set_new(result, "fresh_context", json_true());
        if (outcome->context)
                json_object_set_new(result, "context", json_string(outcome->context));
        if (outcome->worker > 0)
                json_object_set_new(result, "worker", json_integer(outcome->worker));
        if (outcome->unfit[0])
                json_object_set_new(result, "worker_unfit", json_string(outcome->unfit));
        if (outcome->beside > 0)
                json_object_set_new(result, "beside", json_integer(outcome->beside));
        if (outcome->apart[0])
                json_object_set_new(result, "apart", json_string(outcome->apart));
        if (outcome->xid)
                json_object_set(result, "xid", outcome->xid);
        if (outcome->unmatched)
                json_object_set(result, "unmatched", outcome->unmatched);
        if (outcome->left)
                json_object_set(result, "left", outcome->left);
        add_dropped(result, "stdout_dropped_bytes", outcome->stdout_dropped_bytes);
        add_dropped(result, "stderr_dropped_bytes", outcome->stderr_dropped_bytes);
        return result;
}
