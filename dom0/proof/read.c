/* A whole run: its records one by one, and what they come to. */
#include "dom0/proof/read.h"

#include <string.h>

#include "dom0/base/escape.h"
#include "dom0/base/json.h"
#include "dom0/proof/job.h"
#include "dom0/proof/proof.h"
#include "dom0/run/event.h"
#include "dom0/run/fields.h"
#include "dom0/run/file.h"
#include "dom0/run/intake.h"
#include "dom0/run/result.h"
#include "dom0/run/trace.h"
#include "lib/uuid.h"
#include "record/result.h"

static void take_run(struct intake *intake, const struct region_record *record)
{
        struct run *run = intake->run;
        json_auto_t *object = NULL;
        const json_t *runner;
        bool good;

        if (run->facts.run_records++ > 0)
                return; /* the verdict says that there are several */
        if (record->name_length != 3 || memcmp(record->name, "run", 3) != 0)
                contradict(run, "the RUN record has the name \"%s\", and not \"run\"",
                        shown(record->name, record->name_length).text);
        object = run_record_json(record);
        run->summary =
                fields_take(object, record_run_keys, "the RUN record", &run->problems, &good);
        if (!good)
                run->facts.contradictions++;
        runner = get_value(run->summary, "runner");
        run->facts.runner = json_is_null(runner)
                                    ? RUNNER_NEVER
                                    : intake_runner_end(runner, &run->facts.runner_code);
}

static void take_record(struct intake *intake, const struct region_record *record)
{
        static void (*const take[])(struct intake *, const struct region_record *) = {
                [REGION_EVENT] = intake_take_event,
                [REGION_RESULT] = intake_take_result,
                [REGION_FILE] = intake_take_file,
                [REGION_RUN] = take_run,
                [REGION_STORED] = intake_take_stored,
        };

        intake->proof.number++;
        intake->run->facts.run_is_last = record->type == REGION_RUN;
        if (record->type < sizeof(take) / sizeof(take[0]) && take[record->type] &&
                intake_weigh(intake, record))
                take[record->type](intake, record);
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

static void read_records(struct intake *intake)
{
        struct run *run = intake->run;
        struct region_cursor cursor = run->start;
        struct region_record record;

        while (region_next(&cursor, &record) == REGION_OK)
                take_record(intake, &record);
        run->good_records = cursor.number;
        run->good_bytes = cursor.offset - REGION_HEADER_SIZE;
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
        char text[UUID_LENGTH + 1];

        if (run->inspect != REGION_OK || run->report.info.state == REGION_UNKNOWN)
                found = expected;
        if (!found)
                return;
        run->has_id = true;
        uuid_format(found, run->id);
        if (!expected || memcmp(found, expected, 16) == 0)
                return;
        run->facts.region_complete = false;
        uuid_format(expected, text);
        problem(&run->problems,
                "the region holds run %s, but this boot's command line names run %s", run->id,
                text);
}

static void free_intake(struct intake *intake)
{
        json_decref(intake->result_index);
        json_decref(intake->device_index);
        json_decref(intake->file_index);
        json_decref(intake->job_files);
        json_decref(intake->taken);
        json_decref(intake->planned);
        proof_clear(&intake->proof);
}

static void explain_summary(struct run *run)
{
        const char *reason = get_string(run->summary, "reason");
        const char *sealer = get_string(run->summary, "sealed_by");

        if (reason)
                problem(run->verdict == VERDICT_PASS ? &run->warnings : &run->problems,
                        "%s says: %s",
                        sealer && strcmp(sealer, "init") == 0 ? "the stage" : "forestage-run",
                        SHOWN(reason));
}

void run_read(const void *base, size_t size, const uint8_t expected_id[16], struct run *ret_run)
{
        run_read_stored(base, size, expected_id, NULL, ret_run);
}

void run_read_stored(const void *base, size_t size, const uint8_t expected_id[16],
        const struct run_store *store, struct run *ret_run)
{
        struct run *run = ret_run;
        struct intake intake = {
                .run = run,
                .result_index = json_object(),
                .device_index = json_object(),
                .file_index = json_object(),
                .job_files = json_object(),
                .taken = json_object(),
                .planned = json_object(),
        };
        proof_start(&intake.proof);
        intake.proof.of_this_boot = expected_id != NULL;

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
        bounds_start(&intake.bounds);
        run->inspect = region_verify(base, size, &run->report);
        run->start = first_record(run);
        run->facts.region_complete = run->inspect == REGION_OK && run->report.complete;
        set_id(run, expected_id);
        read_records(&intake);
        describe_region(run);
        intake_prove_stored(&intake, store);
        proof_of_run(&intake);
        proof_of_jobs(&intake);
        run->facts.contradictions += bounds_explain(&intake.bounds, &run->problems);
        run->folders_count = intake.bounds.of[BOUND_FOLDERS].used;
        run->verdict = verdict_decide(&run->facts, &run->problems);
        explain_summary(run);
        problems_finish(&run->problems);
        problems_finish(&run->warnings);
        free_intake(&intake);
}
