#include "dom0/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/escape.h"
#include "dom0/fields.h"
#include "dom0/memory.h"
#include "dom0/reader.h"

/* The plan has a line for every job and GPU, and a limit of its own. */
static bool is_plan(const struct region_record *record)
{
        static const char name[] = "run.plan";

        return record->type == REGION_EVENT && record->name_length == strlen(name) &&
               memcmp(record->name, name, strlen(name)) == 0;
}

json_t *run_record_json(const struct region_record *record)
{
        struct jsoncost cost = jsoncost(record->data, record->data_length);
        enum bound limit;
        json_t *object;

        if (!bounds_json_fits(&cost, record->data_length, is_plan(record), &limit))
                return NULL;
        object = json_loadb(record->data, record->data_length, JSON_REJECT_DUPLICATES, NULL);
        if (object && !json_is_object(object)) {
                json_decref(object);
                return NULL;
        }
        return object;
}

bool reader_may_keep(struct reader *reader, const struct region_record *record)
{
        return bounds_keep_json(&reader->bounds, &reader->cost, record->data_length);
}

/* Whether a record with JSON may be read at all; what it costs is kept for reader_may_keep. */
static bool weigh(struct reader *reader, const struct region_record *record)
{
        if (record->type == REGION_FILE)
                return true;
        reader->cost = jsoncost(record->data, record->data_length);
        return bounds_check_json(
                &reader->bounds, &reader->cost, record->data_length, is_plan(record));
}

enum runner_end reader_runner_end(const json_t *object, long long *ret_code)
{
        const json_t *code = json_object_get(object, "exit_code");
        const json_t *signal = json_object_get(object, "signal");

        if (json_is_integer(signal) && !code) {
                *ret_code = json_integer_value(signal);
                return RUNNER_KILLED;
        }
        if (json_is_integer(code) && !signal) {
                *ret_code = json_integer_value(code);
                return RUNNER_EXITED;
        }
        return RUNNER_UNKNOWN;
}

static void take_run(struct reader *reader, const struct region_record *record)
{
        struct run *run = reader->run;
        json_t *object, *runner;
        bool good;

        if (run->facts.run_records++ > 0)
                return; /* the verdict says that there are several */
        if (record->name_length != 3 || memcmp(record->name, "run", 3) != 0)
                contradiction(run, "the RUN record has the name \"%s\", and not \"run\"",
                        shown(record->name, record->name_length).text);
        object = run_record_json(record);
        run->summary =
                fields_take(object, record_run_keys, "the RUN record", &run->problems, &good);
        json_decref(object);
        if (!good)
                run->facts.contradictions++;
        runner = json_object_get(run->summary, "runner");
        run->facts.runner = json_is_null(runner)
                                    ? RUNNER_NEVER
                                    : reader_runner_end(runner, &run->facts.runner_code);
}

static void take_record(struct reader *reader, const struct region_record *record)
{
        static void (*const take[])(struct reader *, const struct region_record *) = {
                [REGION_EVENT] = reader_take_event,
                [REGION_RESULT] = reader_take_result,
                [REGION_FILE] = reader_take_file,
                [REGION_RUN] = take_run,
        };

        reader->proof.number++;
        reader->run->facts.run_is_last = record->type == REGION_RUN;
        if (record->type < sizeof(take) / sizeof(take[0]) && take[record->type] &&
                weigh(reader, record))
                take[record->type](reader, record);
        /* other types are a later version's: skipped, as region.h says */
}

/* Where reading starts: also in a region cut short, whose size its header does not confirm. */
static struct region_cursor first_record(const struct run *run)
{
        struct region_cursor cursor = {
                .base = run->base,
                .offset = REGION_HEADER_SIZE,
                .limit = REGION_HEADER_SIZE,
        };

        if (run->inspect == REGION_OK) {
                region_rewind(run->base, &run->report.info, &cursor);
                cursor.checked = REGION_HEADER_SIZE + run->report.good_length;
        } else if (run->inspect == REGION_BAD_SIZE && run->size > REGION_HEADER_SIZE)
                cursor.limit = run->size;
        return cursor;
}

static void read_records(struct reader *reader)
{
        struct run *run = reader->run;
        struct region_cursor cursor = run->start;
        struct region_record record;

        while (region_next(&cursor, &record) == REGION_OK)
                take_record(reader, &record);
        run->good_records = cursor.number;
        run->good_bytes = cursor.offset - REGION_HEADER_SIZE;
}

const char *run_region_error(const struct run *run)
{
        if (run->inspect != REGION_OK)
                return region_strerror(run->inspect);
        if (run->report.info.state == REGION_UNKNOWN)
                return "both copies of the region's header are damaged";
        return run->report.error != REGION_OK ? region_strerror(run->report.error) : NULL;
}

static void describe_region(struct run *run)
{
        const char *error = run_region_error(run);

        if (!error)
                return;
        problem(&run->problems, "%s", error);
        if (run->inspect == REGION_OK && run->report.error == REGION_NOT_SEALED)
                return; /* nothing behind the records was lost */
        if (run->good_records > 0)
                problem(&run->problems,
                        "%llu good records (%llu bytes) before the damage were salvaged",
                        (unsigned long long)run->good_records, (unsigned long long)run->good_bytes);
}

/* The id in the header, or, when no header can be trusted, the one that was expected. */
static void set_id(struct run *run, const uint8_t *expected)
{
        const uint8_t *found = run->report.info.run_id;
        char text[REGION_UUID_LENGTH + 1];

        if (run->inspect != REGION_OK || run->report.info.state == REGION_UNKNOWN)
                found = expected;
        if (!found)
                return;
        run->has_id = true;
        region_uuid_format(found, run->id);
        if (!expected || memcmp(found, expected, 16) == 0)
                return;
        run->facts.region_complete = false;
        region_uuid_format(expected, text);
        problem(&run->problems,
                "the region holds run %s, but this boot's command line names run %s", run->id,
                text);
}

static void free_reader(struct reader *reader)
{
        json_decref(reader->result_index);
        json_decref(reader->device_index);
        json_decref(reader->file_index);
        json_decref(reader->job_files);
        json_decref(reader->taken);
        json_decref(reader->planned);
        proof_clear(&reader->proof);
}

static void explain_summary(struct run *run)
{
        const char *reason = json_string_value(json_object_get(run->summary, "reason"));

        if (reason)
                problem(run->verdict == VERDICT_PASS ? &run->warnings : &run->problems,
                        "the stage says: %s", shown_string(reason).text);
}

void run_read(const void *base, size_t size, const uint8_t expected_id[16], struct run *ret_run)
{
        struct run *run = ret_run;
        struct reader reader = {
                .run = run,
                .result_index = json_object(),
                .device_index = json_object(),
                .file_index = json_object(),
                .job_files = json_object(),
                .taken = json_object(),
                .planned = json_object(),
        };
        proof_start(&reader.proof);
        reader.proof.of_this_boot = expected_id != NULL;

        *run = (struct run){
                .base = base,
                .size = size,
                .devices = json_array(),
                .plan = json_array(),
                .jobs = json_array(),
                .unplanned = json_array(),
                .refused = json_array(),
                .problems = { .list = json_array() },
                .warnings = { .list = json_array() },
        };
        bounds_start(&reader.bounds);
        run->inspect = region_verify(base, size, &run->report);
        run->start = first_record(run);
        run->facts.region_complete = run->inspect == REGION_OK && run->report.complete;
        set_id(run, expected_id);
        read_records(&reader);
        describe_region(run);
        proof_of_run(&reader);
        reader_join_jobs(&reader);
        run->facts.contradictions += bounds_explain(&reader.bounds, &run->problems);
        run->folders_count = reader.bounds.of[BOUND_FOLDERS].used;
        run->verdict = verdict_decide(&run->facts, &run->problems);
        explain_summary(run);
        problems_finish(&run->problems);
        problems_finish(&run->warnings);
        free_reader(&reader);
}

bool run_each_event(const struct run *run, bool (*take)(const json_t *event, void *arg), void *arg)
{
        struct region_cursor cursor = run->start;
        struct region_record record;
        bool going = true;

        while (going && region_next(&cursor, &record) == REGION_OK) {
                json_t *event = record.type == REGION_EVENT ? run_record_json(&record) : NULL;

                if (event)
                        going = take(event, arg);
                json_decref(event);
        }
        return going;
}

void run_free(struct run *run)
{
        json_t *const values[] = { run->where, run->devices, run->plan, run->jobs, run->unplanned,
                run->refused, run->summary, run->efi, run->problems.list, run->warnings.list };

        for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
                json_decref(values[i]);
        for (size_t i = 0; i < run->results_count; i++)
                json_decref(run->results[i].object);
        for (size_t i = 0; i < run->files_count; i++)
                free(run->files[i].path);
        free(run->results);
        free(run->files);
}
