/* EVENT records: time stamps for the phases, and the few events that say something of their own. */
#include "dom0/run/event.h"

#include <stdio.h>
#include <string.h>

#include "dom0/base/escape.h"
#include "dom0/base/json.h"
#include "dom0/run/fields.h"
#include "dom0/run/intake.h"
#include "dom0/run/trace.h"

/*
 * Of an event that must be there once the first one counts; that there are more is told by the
 * proof.
 */
static void take_where(struct intake *intake, const json_t *event)
{
        struct run *run = intake->run;

        if (run->where)
                return;
        run->where = json_copy((json_t *)event); /* jansson's copy takes no const */
        for (const struct record_key *key = record_event_keys; key->key; key++)
                json_object_del(run->where, key->key); /* of the event, not of the place */
        if (get_bool(run->where, "rehearsal"))
                run->rehearsal = true;
}

json_t *intake_find_device(const struct intake *intake, const json_t *index)
{
        char key[24];

        if (!json_is_integer(index))
                return NULL;
        snprintf(key, sizeof(key), "%lld", (long long)json_integer_value(index));
        return get_value(intake->device_index, key);
}

static void index_device(struct intake *intake, json_t *device)
{
        const json_t *index = get_value(device, "index");
        char key[24];

        snprintf(key, sizeof(key), "%lld", (long long)json_integer_value(index));
        if (get_value(intake->device_index, key))
                contradict(intake->run, "run.devices has two devices with index %s", key);
        else
                json_object_set(intake->device_index, key, device);
        if (get_bool(device, "rehearsal"))
                intake->run->rehearsal = true;
}

static void take_devices(struct intake *intake, const json_t *event)
{
        struct run *run = intake->run;
        json_t *device;
        size_t i;

        if (proof_count(&intake->proof, "run.devices") > 1)
                return;
        json_array_extend(run->devices, get_value(event, "devices"));
        json_array_foreach(run->devices, i, device)
                index_device(intake, device);
}

/* What FILE records may be of, and how many of them there may be. */
static void index_plan(struct intake *intake)
{
        char key[JOB_KEY_SIZE];
        const json_t *entry;
        size_t i;

        json_array_foreach(intake->run->plan, i, entry)
                if (!intake_job_key(entry, key))
                        set_value(intake->planned, key, json_integer((json_int_t)i));
}

static void take_plan(struct intake *intake, const json_t *event)
{
        json_t *planned = get_value(event, "planned");
        struct run *run = intake->run;
        uint64_t most;

        if (run->facts.plans++ > 0)
                return; /* the verdict says that there are several */
        most = bounds_take_plan(&intake->bounds, json_array_size(planned));
        while (json_array_size(planned) > most)
                json_array_remove(planned, json_array_size(planned) - 1);
        json_array_extend(run->plan, planned);
        index_plan(intake);
}

static void take_runner_end(struct intake *intake, const json_t *event)
{
        if (get_bool(event, "deadline"))
                contradict(intake->run, "the runner was killed at the deadline of the stage");
        if (proof_count(&intake->proof, "runner.end") == 1)
                intake->runner = intake_runner_end(event, &intake->runner_code);
}

static void take_efi_start(struct intake *intake, const json_t *event)
{
        if (!intake->run->efi)
                intake->run->efi = json_incref((json_t *)event);
}

/* A step of the stage that went wrong is worth naming, also where the jobs can pass beside it. */
static void take_error(struct intake *intake, const json_t *event)
{
        const char *error = get_string(event, "error");
        const char *name = get_string(event, "event");

        if (error && name)
                problem(&intake->run->warnings, "%s: %s", SHOWN(name), SHOWN(error));
}

static const struct {
        const char *name;
        void (*take)(struct intake *intake, const json_t *event);
} takers[] = {
        { "efi.start", take_efi_start },
        { "run.devices", take_devices },
        { "run.plan", take_plan },
        { "run.where", take_where },
        { "runner.end", take_runner_end },
};

static void note_time(struct run *run, const char *name, const json_t *event)
{
        const json_t *tsc = get_value(event, "tsc");
        const json_t *monotonic = get_value(event, "monotonic_s");
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
        const char *name = get_string(event, "event");

        if (!name || strlen(name) != record->name_length ||
                memcmp(name, record->name, record->name_length) != 0)
                return NULL;
        return name;
}

/* The event with its keys checked: those of every event, and those of its name. */
static json_t *check_event(
        struct intake *intake, const struct region_record *record, const json_t *given)
{
        const char *name = event_name(record, given);
        const struct record_event *row = name ? record_event_find(name) : NULL;
        struct run *run = intake->run;
        char what[SHOWN_SIZE + 16];
        bool good, inside = true;
        json_t *event, *all;

        snprintf(what, sizeof(what), "the event %s", shown(record->name, record->name_length).text);
        event = fields_take(given, record_event_keys, what, &run->problems, &good);
        if (event && row && row->keys) {
                all = fields_take(event, row->keys, what, &run->problems, &inside);
                json_decref(event);
                event = all;
                proof_note_lack(&intake->proof, event, row->keys, what);
        }
        if (!good || !inside)
                run->facts.contradictions++;
        return event;
}

static void take_event(
        struct intake *intake, const struct region_record *record, const json_t *event)
{
        const char *name = event_name(record, event);

        if (!name) {
                contradict(intake->run, "the event %s has another name in its record",
                        shown(record->name, record->name_length).text);
                return;
        }
        note_time(intake->run, name, event);
        take_error(intake, event);
        proof_take_event(intake, name, event);
        for (size_t i = 0; i < sizeof(takers) / sizeof(takers[0]); i++)
                if (strcmp(takers[i].name, name) == 0 && intake_may_keep(intake, record))
                        takers[i].take(intake, event);
}

void intake_take_event(struct intake *intake, const struct region_record *record)
{
        json_auto_t *given = run_record_json(record), *event = check_event(intake, record, given);

        if (!event)
                return;
        intake->run->events++;
        take_event(intake, record, event);
}
