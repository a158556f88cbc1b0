#include "dom0/run/intake.h"

#include <string.h>

#include "dom0/base/json.h"
#include "dom0/base/path.h"

bool intake_weigh(struct intake *intake, const struct region_record *record)
{
        if (record->type == REGION_FILE)
                return true;
        intake->cost = jsoncost(record->data, record->data_length);
        return bounds_check_json(
                &intake->bounds, &intake->cost, record->data_length, bounds_is_plan(record));
}

bool intake_may_keep(struct intake *intake, const struct region_record *record)
{
        return bounds_keep_json(&intake->bounds, &intake->cost, record->data_length);
}

enum runner_end intake_runner_end(const json_t *object, long long *ret_code)
{
        const json_t *code = get_value(object, "exit_code");
        const json_t *signal = get_value(object, "signal");

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

const char *intake_job_key(const json_t *object, char ret_key[JOB_KEY_SIZE])
{
        const char *job = get_string(object, "job");
        const json_t *device = get_value(object, "device");
        const char *problem;

        if (!job)
                return "has no job";
        problem = path_part_problem(job, strlen(job));
        if (problem)
                return problem;
        if (json_is_null(device)) {
                snprintf(ret_key, JOB_KEY_SIZE, "%s/none", job);
                return NULL;
        }
        if (!json_is_integer(device) || json_integer_value(device) < 0)
                return "has a device that is neither an index nor null";
        snprintf(ret_key, JOB_KEY_SIZE, "%s/%lld", job, (long long)json_integer_value(device));
        return NULL;
}
