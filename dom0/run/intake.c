#include "dom0/run/intake.h"

#include <string.h>

#include "dom0/base/json.h"

bool intake_is_plan(const struct region_record *record)
{
        static const char name[] = "run.plan";

        return record->type == REGION_EVENT && record->name_length == strlen(name) &&
               memcmp(record->name, name, strlen(name)) == 0;
}

bool intake_weigh(struct intake *intake, const struct region_record *record)
{
        if (record->type == REGION_FILE)
                return true;
        intake->cost = jsoncost(record->data, record->data_length);
        return bounds_check_json(
                &intake->bounds, &intake->cost, record->data_length, intake_is_plan(record));
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
