#include "dom0/run/run.h"

#include <stdlib.h>
#include <unistd.h>

#include "dom0/run/bounds.h"
#include "lib/cleanup.h"

json_t *run_record_json(const struct region_record *record)
{
        struct jsoncost cost = jsoncost(record->data, record->data_length);
        json_auto_t *object = NULL;
        enum bound limit;

        if (!bounds_json_fits(&cost, record->data_length, bounds_is_plan(record), &limit))
                return NULL;
        object = json_loadb(record->data, record->data_length, JSON_REJECT_DUPLICATES, NULL);
        return json_is_object(object) ? TAKE_PTR(object) : NULL;
}

const char *run_region_error(const struct run *run)
{
        if (run->inspect != REGION_OK)
                return region_strerror(run->inspect);
        if (run->report.info.state == REGION_UNKNOWN)
                return "both copies of the region's header are damaged";
        return run->report.error != REGION_OK ? region_strerror(run->report.error) : NULL;
}

bool run_each_event(const struct run *run, bool (*take)(const json_t *event, void *arg), void *arg)
{
        struct region_cursor cursor = run->start;
        struct region_record record;
        bool going = true;

        while (going && region_next(&cursor, &record) == REGION_OK) {
                json_auto_t *event = record.type == REGION_EVENT ? run_record_json(&record) : NULL;

                if (event)
                        going = take(event, arg);
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
        for (size_t i = 0; i < run->files_count; i++) {
                free(run->files[i].path);
                free(run->files[i].problem);
                if (run->files[i].copy >= 0)
                        close(run->files[i].copy);
        }
        free(run->results);
        free(run->files);
}
