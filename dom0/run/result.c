/* RESULT records. */
#include "dom0/run/result.h"

#include <stdio.h>
#include <string.h>

#include "dom0/base/escape.h"
#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "dom0/base/path.h"
#include "dom0/run/fields.h"
#include "dom0/run/trace.h"
#include "record/result.h"

static bool check_expects(const json_t *result, const char *what, struct problems *problems)
{
        json_t *output;
        size_t i;

        json_array_foreach(get_value(result, "outputs"), i, output) {
                const char *expect = get_string(output, "expect");

                if (!expect || strcmp(expect, "pass") == 0 || strcmp(expect, "fail") == 0)
                        continue;
                problem(problems, "%s has an \"expect\" that is neither pass nor fail", what);
                return false;
        }
        return true;
}

static bool check_status(const json_t *result, const char *what, struct problems *problems)
{
        const char *status = get_string(result, "status");
        const char *reason = get_string(result, "reason");

        if (!status)
                return false; /* named already: the key is missing or has the wrong type */
        if (job_status_find(status) == JOB_STATUSES) {
                problem(problems, "%s has an unknown status \"%s\"", what, SHOWN(status));
                return false;
        }
        if (job_status_find(status) != JOB_PASS && (!reason || *reason == '\0')) {
                problem(problems, "%s is \"%s\" without a reason", what, status);
                return false;
        }
        return true;
}

/* The record's name when it is the one that its object has. */
static bool name_agrees(const struct region_record *record, const char *key)
{
        return strlen(key) == record->name_length &&
               memcmp(key, record->name, record->name_length) == 0;
}

static void keep_result(struct intake *intake, json_t *object, const char *key, bool good)
{
        struct run *run = intake->run;
        const json_t *index = get_value(intake->result_index, key);

        if (index) {
                struct run_result *first = &run->results[json_integer_value(index)];

                if (first->count++ == 1)
                        contradict(run, "%s has more than one RESULT", SHOWN(key));
                return;
        }
        run->results = memory_grow(run->results, run->results_count, sizeof(*run->results));
        run->results[run->results_count] = (struct run_result){
                .object = json_incref(object),
                .count = 1,
                .good = good,
        };
        set_value(intake->result_index, key, json_integer((json_int_t)run->results_count++));
        if (get_bool(object, "rehearsal"))
                run->rehearsal = true;
}

static void check_result(struct intake *intake, const struct region_record *record, json_t *given)
{
        struct run *run = intake->run;
        char what[SHOWN_SIZE + 16], key[JOB_KEY_SIZE];
        json_auto_t *object = NULL;
        const char *why;
        bool good;

        snprintf(what, sizeof(what), "RESULT %s", shown(record->name, record->name_length).text);
        object = fields_take(given, record_result_keys, what, &run->problems, &good);
        if (object) {
                good = check_status(object, what, &run->problems) && good;
                good = check_expects(object, what, &run->problems) && good;
                proof_note_lack(&intake->proof, object, record_result_keys, what);
        }
        if (!good)
                run->facts.contradictions++;
        why = object ? intake_job_key(object, key) : NULL;
        if (why)
                contradict(run, "%s: its job %s", what, why);
        else if (object && !name_agrees(record, key))
                contradict(run, "%s is of %s by its own words", what, SHOWN(key));
        else if (object)
                keep_result(intake, object, key, good);
        if (object && !why)
                proof_take_result(intake, key);
}

void intake_take_result(struct intake *intake, const struct region_record *record)
{
        json_auto_t *given = NULL;

        if (!intake_may_keep(intake, record))
                return;
        given = run_record_json(record);
        check_result(intake, record, given);
}
