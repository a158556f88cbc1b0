/* EVENT records: time stamps for the phases, and the few events that say something of their own. */
#include <stdio.h>
#include <string.h>

#include "dom0/escape.h"
#include "dom0/fields.h"
#include "dom0/reader.h"

static const struct field event_fields[] = {
        { "event", FIELD_STRING | FIELD_REQUIRED },
        { "tsc", FIELD_INTEGER | FIELD_REQUIRED },
        { "monotonic_s", FIELD_NUMBER },
        { NULL, 0 },
};

static const struct field where_fields[] = {
        { "hypervisor", FIELD_BOOLEAN | FIELD_NULL },
        { "hypervisor_vendor", FIELD_STRING | FIELD_NULL },
        { "pat", FIELD_STRING | FIELD_NULL },
        { "pat_names", FIELD_STRING | FIELD_NULL },
        { "kernel", FIELD_STRING | FIELD_NULL },
        { "machine", FIELD_STRING | FIELD_NULL },
        { "cpu", FIELD_STRING | FIELD_NULL },
        { "memory_bytes", FIELD_INTEGER | FIELD_NULL },
        { "driver", FIELD_STRING | FIELD_NULL },
        { "firmware", FIELD_STRING | FIELD_NULL },
        { "cuda_version", FIELD_STRING | FIELD_NUMBER | FIELD_NULL },
        { "rehearsal", FIELD_BOOLEAN | FIELD_NULL },
        { "version", FIELD_STRING | FIELD_NULL },
        { NULL, 0 },
};

static const struct field device_fields[] = {
        { "index", FIELD_INTEGER | FIELD_REQUIRED },
        { "name", FIELD_STRING | FIELD_REQUIRED },
        { "uuid", FIELD_STRING | FIELD_REQUIRED },
        { "pci", FIELD_STRING | FIELD_NULL | FIELD_REQUIRED },
        { "memory_bytes", FIELD_INTEGER | FIELD_NULL },
        { "compute", FIELD_STRING | FIELD_NULL },
        { "multiprocessors", FIELD_INTEGER | FIELD_NULL },
        { "rehearsal", FIELD_BOOLEAN | FIELD_REQUIRED },
        { NULL, 0 },
};

static const struct field plan_fields[] = {
        { "job", FIELD_STRING | FIELD_REQUIRED },
        { "kind", FIELD_STRING | FIELD_REQUIRED },
        { "device", FIELD_INTEGER | FIELD_NULL | FIELD_REQUIRED },
        { NULL, 0 },
};

/* Adds the entries of a list that have all they must to `kept`. */
static void take_list(struct run *run, const json_t *list, const struct field *fields,
        const char *what, json_t *kept)
{
        json_t *entry;
        size_t i;

        if (!json_is_array(list)) {
                contradiction(run, "%s is not a list", what);
                return;
        }
        json_array_foreach(list, i, entry)
        {
                bool good;
                json_t *copy = fields_take(entry, fields, what, &run->problems, &good);

                if (good)
                        json_array_append(kept, copy);
                else
                        run->facts.contradictions++;
                json_decref(copy);
        }
}

static void take_where(struct reader *reader, const json_t *event)
{
        struct run *run = reader->run;
        bool good;

        if (run->where) {
                contradiction(run, "the event run.where was recorded twice");
                return;
        }
        run->where = fields_take(event, where_fields, "the event run.where", &run->problems, &good);
        if (!good)
                run->facts.contradictions++;
        for (const struct field *field = event_fields; field->key; field++)
                json_object_del(run->where, field->key); /* of the event, not of the place */
        if (json_is_true(json_object_get(run->where, "rehearsal")))
                run->rehearsal = true;
}

json_t *reader_find_device(const struct reader *reader, const json_t *index)
{
        char key[24];

        if (!json_is_integer(index))
                return NULL;
        snprintf(key, sizeof(key), "%lld", (long long)json_integer_value(index));
        return json_object_get(reader->device_index, key);
}

static void index_device(struct reader *reader, json_t *device)
{
        const json_t *index = json_object_get(device, "index");
        char key[24];

        snprintf(key, sizeof(key), "%lld", (long long)json_integer_value(index));
        if (json_object_get(reader->device_index, key))
                contradiction(reader->run, "run.devices has two devices with index %s", key);
        else
                json_object_set(reader->device_index, key, device);
        if (json_is_true(json_object_get(device, "rehearsal")))
                reader->run->rehearsal = true;
}

static void take_devices(struct reader *reader, const json_t *event)
{
        struct run *run = reader->run;
        json_t *device;
        size_t i;

        if (json_array_size(run->devices) > 0) {
                contradiction(run, "the event run.devices was recorded twice");
                return;
        }
        take_list(run, json_object_get(event, "devices"), device_fields, "a device in run.devices",
                run->devices);
        json_array_foreach(run->devices, i, device) index_device(reader, device);
}

/* What FILE records may be of, and how many of them there may be. */
static void index_plan(struct reader *reader)
{
        char key[JOB_KEY_SIZE];
        const json_t *entry;
        size_t i;

        json_array_foreach(reader->run->plan, i, entry) if (!reader_job_key(entry, key))
                json_object_set_new(reader->planned, key, json_true());
}

static void take_plan(struct reader *reader, const json_t *event)
{
        json_t *planned = json_object_get(event, "planned");
        struct run *run = reader->run;
        uint64_t most;

        if (run->facts.plans++ > 0)
                return; /* the verdict says that there are several */
        most = bounds_take_plan(&reader->bounds, json_array_size(planned));
        while (json_array_size(planned) > most)
                json_array_remove(planned, json_array_size(planned) - 1);
        take_list(run, planned, plan_fields, "an entry in run.plan", run->plan);
        index_plan(reader);
}

static void take_job_start(struct reader *reader, const json_t *event)
{
        char key[JOB_KEY_SIZE];

        if (!reader_job_key(event, key))
                json_object_set_new(reader->started, key, json_true());
}

static void take_runner_end(struct reader *reader, const json_t *event)
{
        if (json_is_true(json_object_get(event, "deadline")))
                contradiction(reader->run, "the runner was killed at the deadline of the stage");
        reader->runner = reader_runner_end(event, &reader->runner_code);
}

static void take_efi_start(struct reader *reader, const json_t *event)
{
        json_decref(reader->run->efi);
        reader->run->efi = json_incref((json_t *)event);
}

/* A step of the stage that went wrong is worth naming, but the verdict is on the jobs. */
static void take_error(struct reader *reader, const json_t *event)
{
        const char *error = json_string_value(json_object_get(event, "error"));
        const char *name = json_string_value(json_object_get(event, "event"));

        if (error && name)
                problem(&reader->run->warnings, "%s: %s", shown_string(name).text,
                        shown_string(error).text);
}

static const struct {
        const char *name;
        void (*take)(struct reader *reader, const json_t *event);
} takers[] = {
        { "efi.start", take_efi_start },
        { "job.start", take_job_start },
        { "run.devices", take_devices },
        { "run.plan", take_plan },
        { "run.where", take_where },
        { "runner.end", take_runner_end },
};

static void note_time(struct run *run, const char *name, const json_t *event)
{
        const json_t *tsc = json_object_get(event, "tsc");
        const json_t *monotonic = json_object_get(event, "monotonic_s");
        struct moment moment = {
                .has_tsc = json_is_integer(tsc) && json_integer_value(tsc) >= 0,
                .has_monotonic = json_is_number(monotonic) && json_number_value(monotonic) >= 0,
        };

        if (moment.has_tsc)
                moment.tsc = (uint64_t)json_integer_value(tsc);
        if (moment.has_monotonic)
                moment.monotonic_s = json_number_value(monotonic);
        phases_note(&run->phases, name, strlen(name), &moment);
}

/* The event's name when its record and its object agree on it. */
static const char *event_name(const struct region_record *record, const json_t *event)
{
        const char *name = json_string_value(json_object_get(event, "event"));

        if (!name || strlen(name) != record->name_length ||
                memcmp(name, record->name, record->name_length) != 0)
                return NULL;
        return name;
}

/* Checks the keys that every event has. */
static void check_event(struct run *run, const struct region_record *record, const json_t *event)
{
        char what[SHOWN_SIZE + 16];
        bool good;

        snprintf(what, sizeof(what), "the event %s", shown(record->name, record->name_length).text);
        json_decref(fields_take(event, event_fields, what, &run->problems, &good));
        if (!good)
                run->facts.contradictions++;
}

void reader_take_event(struct reader *reader, const struct region_record *record)
{
        struct run *run = reader->run;
        json_t *event = run_record_json(record);
        const char *name = event_name(record, event);

        check_event(run, record, event);
        if (event && !name)
                contradiction(run, "the event %s has another name in its record",
                        shown(record->name, record->name_length).text);
        if (event)
                run->events++;
        if (name) {
                note_time(run, name, event);
                take_error(reader, event);
                for (size_t i = 0; i < sizeof(takers) / sizeof(takers[0]); i++)
                        if (strcmp(takers[i].name, name) == 0 && reader_may_keep(reader, record))
                                takers[i].take(reader, event);
        }
        json_decref(event);
}
