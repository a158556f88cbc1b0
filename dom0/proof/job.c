/* The plan and the results, put together: what became of every planned job. */
#include "dom0/proof/job.h"

#include <stdio.h>

#include "dom0/base/escape.h"
#include "dom0/base/json.h"
#include "dom0/proof/jobclaim.h"
#include "dom0/run/event.h"
#include "dom0/run/intake.h"
#include "dom0/run/trace.h"

static bool same_string(const json_t *a, const json_t *b, const char *key)
{
        return json_equal(get_value(a, key), get_value(b, key));
}

/* A job may ask for a GPU that the machine does not have: then it has not run on any. */
static bool is_of_absent_gpu(const json_t *result)
{
        return job_status_find(get_string(result, "status")) == JOB_ERROR &&
               json_is_null(get_value(result, "uuid"));
}

/* Why the record of a planned job's one result cannot be used at all, or NULL. */
static const char *doubt(
        const struct intake *intake, const struct run_result *result, const json_t *planned)
{
        const json_t *object = result->object, *index = get_value(planned, "device");
        const json_t *device = intake_find_device(intake, index);

        if (result->count > 1)
                return "it has more than one RESULT";
        if (!same_string(object, planned, "kind"))
                return "it has a RESULT of another kind than planned";
        if (!device && !json_is_null(index) && !is_of_absent_gpu(object))
                return "it names a device that run.devices does not have";
        if (device && (!same_string(object, device, "uuid") || !same_string(object, device, "pci")))
                return "it has a RESULT of another GPU than run.devices has under its index";
        return NULL;
}

/* Whether the RESULT can be believed; when false, `why` says why not. */
static bool is_believed(const struct intake *intake, const struct run_result *result,
        const json_t *planned, const char *key, char why[PROOF_TEXT])
{
        const char *record = doubt(intake, result, planned);
        enum job_status status = job_status_find(get_string(result->object, "status"));

        if (record) {
                snprintf(why, PROOF_TEXT, "%s", record);
                return false;
        }
        if ((status == JOB_PASS || status == JOB_SKIP) &&
                !claim_holds(intake, result->object, planned, key, why))
                return false;
        if (!result->good) /* the record's own problem says more, but not that it is of this job */
                snprintf(why, PROOF_TEXT, "it has a malformed RESULT");
        return result->good;
}

/* "job vecadd on device 0 says pass, but its expectation c.bin was never compared" */
static void explain(struct run *run, const json_t *job, const char *why)
{
        const json_t *device = get_value(job, "device");
        const char *status = get_string(job, "recorded_status");
        char where[32] = "on no device";

        if (json_is_integer(device))
                snprintf(where, sizeof(where), "on device %lld",
                        (long long)json_integer_value(device));
        run->facts.disbelieved++;
        contradict(run, "job %s %s says %s, but %s", SHOWN(get_string(job, "job")), where,
                status ? SHOWN(status) : "nothing", why);
}

/* Keeps what the record said, but the status becomes `error`. */
static void distrust(struct run *run, json_t *job, const char *why)
{
        json_t *status = get_value(job, "status");
        char reason[PROOF_TEXT + 64];

        if (status)
                json_object_set(job, "recorded_status", status);
        snprintf(reason, sizeof(reason), "its record cannot be believed: %s", why);
        set_text(job, "status", job_status_name(JOB_ERROR));
        set_value(job, "reason", json_string(reason));
        explain(run, job, why);
}

/* What is known of a planned job before its result. */
static json_t *planned_job(const struct intake *intake, const json_t *planned)
{
        static const char *const of_device[] = { "name", "uuid", "pci" };
        const json_t *device = intake_find_device(intake, get_value(planned, "device"));
        json_t *job = json_copy((json_t *)planned); /* jansson's copy takes no const */

        for (size_t i = 0; i < sizeof(of_device) / sizeof(of_device[0]); i++) {
                json_t *value = get_value(device, of_device[i]);

                json_object_set(job, of_device[i], value ? value : json_null());
        }
        set_value(job, "rehearsal", json_boolean(get_bool(device, "rehearsal")));
        return job;
}

static json_t *job_with_result(
        struct intake *intake, struct run_result *result, const json_t *planned, const char *key)
{
        json_t *job = planned_job(intake, planned);
        char why[PROOF_TEXT];

        json_object_update(job, result->object);
        result->planned = true;
        if (!is_believed(intake, result, planned, key, why))
                distrust(intake->run, job, why);
        return job;
}

static const char *why_not_run(const struct intake *intake, const char *key)
{
        const struct trace *trace = proof_trace(&intake->proof, key);

        if (trace && trace->starts > 0)
                return "it was started, but the run ended before its result was recorded";
        if (!intake->run->facts.region_complete)
                return "the run ended, or its record is damaged, before it was reached";
        return "no result was recorded for it";
}

static json_t *job_without_result(
        const struct intake *intake, const json_t *planned, const char *why)
{
        json_t *job = planned_job(intake, planned);

        set_text(job, "status", job_status_name(JOB_NOTRUN));
        set_text(job, "reason", why);
        return job;
}

/* Takes the key of a planned job, each only once; returns why it has no result of its own. */
static const char *claim_key(struct intake *intake, json_t *seen, const json_t *planned, char *key)
{
        const char *why = intake_job_key(planned, key);

        if (why) {
                contradict(intake->run, "a planned job %s", why);
                key[0] = '\0';
                return "its name in the plan cannot be used";
        }
        if (get_value(seen, key)) {
                contradict(intake->run, "%s is planned twice", SHOWN(key));
                return "it is planned twice";
        }
        set_value(seen, key, json_true());
        return NULL;
}

static json_t *make_job(struct intake *intake, json_t *seen, const json_t *planned)
{
        char key[JOB_KEY_SIZE];
        const char *why = claim_key(intake, seen, planned, key);
        const json_t *index = why ? NULL : get_value(intake->result_index, key);
        json_t *files = why ? NULL : get_value(intake->job_files, key), *job;

        if (index)
                job = job_with_result(
                        intake, &intake->run->results[json_integer_value(index)], planned, key);
        else
                job = job_without_result(intake, planned, why ? why : why_not_run(intake, key));
        set_value(job, "files", files ? json_incref(files) : json_array());
        return job;
}

static void count_job(struct run *run, const json_t *job)
{
        enum job_status status = job_status_find(get_string(job, "status"));

        run->facts.planned++;
        run->facts.counts[status]++;
        if (status == JOB_FAIL && get_integer(job, "exit_code") != 0)
                run->facts.failed_by_exit++;
}

static void list_unplanned(struct run *run)
{
        char key[JOB_KEY_SIZE];

        for (size_t i = 0; i < run->results_count; i++) {
                const json_t *object = run->results[i].object;

                if (run->results[i].planned || intake_job_key(object, key))
                        continue;
                json_array_append(run->unplanned, run->results[i].object);
                contradict(run, "there is a RESULT of %s, which is not planned", SHOWN(key));
        }
}

void proof_of_jobs(struct intake *intake)
{
        struct run *run = intake->run;
        json_auto_t *seen = json_object();
        json_t *planned;
        size_t i;

        json_array_foreach(run->plan, i, planned) {
                json_t *job = make_job(intake, seen, planned);

                json_array_append_new(run->jobs, job);
                count_job(run, job);
        }
        list_unplanned(run);
}
