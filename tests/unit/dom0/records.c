#include "tests/unit/dom0/records.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/check/check_baseline.h"

#define GAP_S     0.001 /* between init's records and the runner's */
#define GAP_TICKS 2000000

json_t *records_read(const char *name)
{
        json_t *lines = json_array();
        char path[64], *line = NULL;
        size_t size = 0;
        FILE *file;

        snprintf(path, sizeof(path), "tests/unit/records/%s.jsonl", name);
        file = fopen(path, "re");
        if (!file) {
                json_decref(lines);
                return NULL;
        }
        while (getline(&line, &size, file) > 0)
                json_array_append_new(lines, json_loads(line, 0, NULL));
        free(line);
        fclose(file);
        return lines;
}

void records_name(const json_t *result, char ret_name[64])
{
        const json_t *device = json_object_get(result, "device");
        const char *job = json_string_value(json_object_get(result, "job"));

        if (json_is_null(device))
                snprintf(ret_name, 64, "%s/none", job);
        else
                snprintf(ret_name, 64, "%s/%lld", job, (long long)json_integer_value(device));
}

/* The file that the check left, of what its tests found. */
static void add_baseline(struct pieces *pieces, const json_t *result)
{
        const char *uuid = json_string_value(json_object_get(result, "uuid"));
        json_t *made = check_baseline_make(
                uuid, json_object_get(json_object_get(result, "check"), "tests"));
        char *text = json_dumps(made, CHECK_BASELINE_FLAGS), name[64], path[128];
        struct piece end = pieces->piece[--pieces->count];

        records_name(result, name);
        snprintf(path, sizeof(path), "jobs/%s/" CHECK_BASELINE_FILE, name);
        pieces_add(pieces, REGION_FILE, path, text, strlen(text));
        pieces->piece[pieces->count++] = end; /* its job.end is behind it */
        free(text);
        json_decref(made);
}

static void add_record(struct pieces *pieces, const json_t *object)
{
        const char *event = json_string_value(json_object_get(object, "event"));
        const char *job = json_string_value(json_object_get(object, "job"));
        char *text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(17)), name[64];

        if (event) {
                pieces_add(pieces, REGION_EVENT, event, text, strlen(text));
        } else if (job) {
                records_name(object, name);
                if (json_object_get(object, "check"))
                        add_baseline(pieces, object);
                pieces_add(pieces, REGION_RESULT, name, text, strlen(text));
        } else {
                pieces_add(pieces, REGION_RUN, "run", text, strlen(text));
        }
        free(text);
}

void records_pieces(const json_t *lines, struct pieces *ret_pieces)
{
        const json_t *line;
        size_t i;

        ret_pieces->count = 0;
        json_array_foreach(lines, i, line)
                add_record(ret_pieces, line);
}

/* --- a run put into a stage --- */

static size_t index_of(const json_t *lines, const char *event)
{
        const json_t *line;
        size_t i;

        json_array_foreach(lines, i, line) {
                const char *name = json_string_value(json_object_get(line, "event"));

                if (name && strcmp(name, event) == 0)
                        return i;
        }
        fprintf(stderr, "records: there is no %s\n", event);
        abort();
}

/* The last line that has a time. */
static const json_t *last_event(const json_t *lines)
{
        size_t i = json_array_size(lines);

        while (i > 0 && !json_object_get(json_array_get(lines, i - 1), "monotonic_s"))
                i--;
        return json_array_get(lines, i - 1);
}

struct shift {
        double seconds;
        json_int_t ticks;
};

/* So that `moved` comes a gap behind (or, with -1, before) `fixed`. */
static struct shift shift_to(const json_t *moved, const json_t *fixed, int direction)
{
        return (struct shift){
                .seconds = json_number_value(json_object_get(fixed, "monotonic_s")) -
                           json_number_value(json_object_get(moved, "monotonic_s")) +
                           direction * GAP_S,
                .ticks = json_integer_value(json_object_get(fixed, "tsc")) -
                         json_integer_value(json_object_get(moved, "tsc")) + direction * GAP_TICKS,
        };
}

static json_t *shifted(const json_t *line, struct shift shift)
{
        const json_t *seconds = json_object_get(line, "monotonic_s");
        const json_t *ticks = json_object_get(line, "tsc");
        json_t *copy = json_deep_copy(line);

        if (seconds)
                json_object_set_new(
                        copy, "monotonic_s", json_real(json_number_value(seconds) + shift.seconds));
        if (ticks)
                json_object_set_new(
                        copy, "tsc", json_integer(json_integer_value(ticks) + shift.ticks));
        return copy;
}

/* One driver.gpu for each GPU of the runner's, like the one that is there. */
static void add_gpus(json_t *lines, const json_t *event, const json_t *runner)
{
        const json_t *devices =
                json_object_get(json_array_get(runner, index_of(runner, "run.devices")), "devices");
        const json_t *device;
        size_t i;

        json_array_foreach(devices, i, device) {
                json_t *copy = json_deep_copy(event);

                json_object_set(copy, "pci", json_object_get(device, "pci"));
                json_object_set_new(copy, "minor", json_integer((json_int_t)i));
                json_array_append_new(lines, copy);
        }
}

static void add_before(json_t *lines, const json_t *stage, const json_t *runner)
{
        size_t first = index_of(stage, "run.where");
        struct shift shift =
                shift_to(json_array_get(stage, first - 1), json_array_get(runner, 0), -1);

        for (size_t i = 0; i < first; i++) {
                json_t *line = shifted(json_array_get(stage, i), shift);

                if (i == index_of(stage, "driver.gpu"))
                        add_gpus(lines, line, runner);
                else
                        json_array_append(lines, line);
                json_decref(line);
        }
}

json_t *records_in_stage(const json_t *stage, const json_t *runner)
{
        size_t last = index_of(stage, "runner.end"), runner_count = json_array_size(runner) - 1;
        json_t *lines = json_array();
        struct shift shift = shift_to(json_array_get(stage, last), last_event(runner), 1);

        add_before(lines, stage, runner);
        for (size_t i = 0; i < runner_count; i++) /* all but RUN */
                json_array_append(lines, json_array_get(runner, i));
        for (size_t i = last; i < json_array_size(stage); i++)
                json_array_append_new(lines, shifted(json_array_get(stage, i), shift));
        return lines;
}
