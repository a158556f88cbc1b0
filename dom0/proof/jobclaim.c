/* What one job on one device must have recorded for its pass, or its skip, to be believed. */
#include "dom0/proof/jobclaim.h"

#include <math.h>
#include <string.h>

#include "dom0/base/escape.h"
#include "dom0/base/json.h"
#include "dom0/proof/checkclaim.h"
#include "dom0/proof/claim.h"
#include "dom0/proof/limitclaim.h"
#include "dom0/proof/outputclaim.h"
#include "dom0/proof/peerclaim.h"
#include "dom0/run/event.h"
#include "dom0/run/fields.h"
#include "dom0/run/trace.h"
#include "record/result.h"

static bool is_unsaid(const json_t *value)
{
        return !value || json_is_null(value);
}

/* --- the job, its device, its process --- */

static bool kind_known(const struct claim *claim)
{
        const char *kind = get_text(claim->result, "kind");

        return record_knows(record_kinds, kind) ||
               claim_miss(claim, "its kind \"%s\" is not known", SHOWN(kind));
}

static bool on_device(const struct claim *claim)
{
        static const char *const keys[] = { "name", "rehearsal" };

        if (!claim->device)
                return claim_miss(claim, "it ran on no device of run.devices");
        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
                if (!json_equal(
                            get_value(claim->result, keys[i]), get_value(claim->device, keys[i])))
                        return claim_miss(claim, "its \"%s\" is not that of run.devices", keys[i]);
        return true;
}

static bool started_and_ended(const struct claim *claim)
{
        const struct trace *trace = claim->trace;

        if (trace->result == 0)
                return claim_miss(claim, "its RESULT is before the plan");
        if (trace->starts > 1 || trace->ends > 1)
                return claim_miss(claim, "it has more than one job.%s event",
                        trace->starts > 1 ? "start" : "end");
        if (!claim->strict)
                return true;
        if (trace->starts == 0 || trace->ends == 0)
                return claim_miss(
                        claim, "it has no job.%s event", trace->starts == 0 ? "start" : "end");
        if (trace->start > trace->end)
                return claim_miss(claim, "its job.end is before its job.start");
        if (trace->result != trace->end + 1)
                return claim_miss(claim, "its RESULT is not directly behind its job.end");
        if (trace->first_file &&
                (trace->first_file < trace->start || trace->last_file > trace->end))
                return claim_miss(claim, "a file of it was not recorded between its job.start and "
                                         "its job.end");
        return true;
}

static bool end_agrees(const struct claim *claim)
{
        const char *status = get_text(claim->result, "status");
        const json_t *wall = get_value(claim->result, "wall_s");

        if (claim->trace->ends == 0)
                return true;
        if (strcmp(claim->trace->status, status) != 0)
                return claim_miss(claim, "its job.end says %s", SHOWN(claim->trace->status));
        if (claim->trace->wall_s >= 0 && json_is_number(wall) &&
                fabs(claim->trace->wall_s - json_number_value(wall)) > CLOCK_SLACK_S)
                return claim_miss(claim, "its job.end has another \"wall_s\"");
        return true;
}

static bool times_fit(const struct claim *claim)
{
        static const char *const keys[] = { "start_s", "wall_s", "timings", "outputs" };
        double start = get_number(claim->result, "start_s");
        double wall = get_number(claim->result, "wall_s");

        if (!claim->strict)
                return true;
        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
                if (is_unsaid(get_value(claim->result, keys[i])))
                        return claim_miss(claim, "its \"%s\" is null", keys[i]);
        if (wall <= 0)
                return claim_miss(claim, "it took no time at all");
        if (start < claim->trace->start_s - CLOCK_SLACK_S)
                return claim_miss(claim, "its \"start_s\" is before its job.start");
        if (start + wall > claim->trace->end_s + CLOCK_SLACK_S)
                return claim_miss(claim, "its \"wall_s\" does not fit before its job.end");
        return true;
}

/* Parts of its time are no longer than it, but for what was done before its time. */
static bool parts_fit(const struct claim *claim)
{
        double wall = get_number(claim->result, "wall_s");
        json_t *timings = get_value(claim->result, "timings"), *one;
        const char *name;

        if (!claim->strict || get_bool(claim->result, "started_ahead"))
                return true;
        json_object_foreach(timings, name, one) {
                if (json_number_value(one) > wall * (1 + CLOCKS_SHARE) + CLOCKS_S)
                        return claim_miss(claim, "its \"%s\" is longer than it took", SHOWN(name));
        }
        return true;
}

static bool process_ended_well(const struct claim *claim)
{
        const json_t *code = get_value(claim->result, "exit_code");

        if (!is_unsaid(get_value(claim->result, "signal")))
                return claim_miss(claim, "its process was killed by a signal");
        if (is_unsaid(code) && claim->strict)
                return claim_miss(claim, "it does not say how its process ended");
        if (!is_unsaid(code) && json_integer_value(code) != 0)
                return claim_miss(claim, "its process ended with exit code %lld",
                        (long long)json_integer_value(code));
        return true;
}

/* Which process it was given, and with whom it shared that. */
static bool context_fits(const struct claim *claim)
{
        const char *context = get_text(claim->result, "context");
        const json_t *worker = get_value(claim->result, "worker");
        bool shared = strcmp(context, "shared") == 0;

        if (*context && strcmp(get_text(claim->result, "kind"), "kernel") != 0)
                return claim_miss(claim, "it has a \"context\", and is no kernel");
        if (shared ? json_integer_value(worker) < 1 : !is_unsaid(worker))
                return claim_miss(claim, "its \"context\" and its \"worker\" do not go together");
        return shared || is_unsaid(get_value(claim->result, "worker_unfit")) ||
               claim_miss(claim, "it shared no process, and says that it was unfit");
}

/* Those that ran side by side with it, which only kernels do that share a process. */
static bool others_fit(const struct claim *claim)
{
        json_int_t beside = get_integer(claim->result, "beside");

        if (beside > 0 && strcmp(get_text(claim->result, "context"), "shared") != 0)
                return claim_miss(claim, "it ran side by side with others, and shared no process");
        if (beside > 0 && *get_text(claim->result, "apart"))
                return claim_miss(claim, "it ran side by side with others, and apart from them");
        if ((*get_text(claim->result, "apart") != '\0') != (claim->trace->aparts > 0))
                return claim_miss(claim, "its RESULT and the events do not say the same of whether "
                                         "it was taken from others");
        return beside == claim->trace->beside ||
               claim_miss(claim, "its job.start and its RESULT do not say the same of how many ran "
                                 "side by side with it");
}

static bool no_reason(const struct claim *claim)
{
        const char *reason = get_text(claim->result, "reason");

        return !*reason || claim_miss(claim, "it has a reason: %s", SHOWN(reason));
}

/* --- what it is not --- */

static bool no_outputs(const struct claim *claim)
{
        return json_array_size(get_value(claim->result, "outputs")) == 0 ||
               claim_miss(claim, "it lists outputs, which it cannot have");
}

static bool no_check(const struct claim *claim)
{
        return !get_value(claim->result, "check") ||
               claim_miss(claim, "it has the results of a check");
}

/* A skip has a reason, and nothing else that a pass has not. */
static bool nothing_wrong(const struct claim *claim)
{
        const char *status = get_text(claim->result, "status"), *key;
        json_auto_t *rest = json_copy((json_t *)claim->result); /* jansson's copy takes no const */

        if (strcmp(status, "skip") == 0)
                json_object_del(rest, "reason");
        key = fields_unclean(rest, record_result_keys);
        return !key || claim_miss(claim, "it has \"%s\"", key);
}

/* What is known not to run promises nothing; and init leaves no GPU out. */
static bool was_left_out(const struct claim *claim)
{
        const char *sealer = get_text(claim->intake->run->summary, "sealed_by");

        if (!claim->strict || !json_is_null(get_value(claim->result, "device")))
                return true;
        if (json_object_size(claim->promise) > 0)
                return claim_miss(claim, "it was to run, by the plan");
        return strcmp(sealer, "init") != 0 || claim_miss(claim, "a stage chooses no devices");
}

static bool on_no_device(const struct claim *claim)
{
        return json_is_null(get_value(claim->result, "device")) ||
               claim_miss(claim, "a job of its kind is skipped only when none of its devices is "
                                 "chosen, and it names one");
}

/* --- the table; docs/records.md has the same --- */

enum {
        KERNEL = 1 << 0,
        PROGRAM = 1 << 1,
        CHECK = 1 << 2,
        OTHER = 1 << 3,
        RUNS = KERNEL | PROGRAM,
        ALL = RUNS | CHECK | OTHER,
};

static const struct need {
        bool (*holds)(const struct claim *claim);
        unsigned int pass, skip; /* for which kinds */
} needs[] = {
        { kind_known, ALL, ALL },
        { on_device, ALL, 0 },
        { on_no_device, 0, RUNS },
        { was_left_out, 0, ALL },
        { no_reason, ALL, 0 },
        { process_ended_well, ALL, 0 },
        { nothing_wrong, ALL, ALL },
        { end_agrees, ALL, ALL },
        { started_and_ended, ALL, ALL },
        { times_fit, ALL, 0 },
        { parts_fit, ALL, 0 },
        { context_fits, ALL, 0 },
        { others_fit, ALL, 0 },
        { no_check, RUNS, RUNS },
        { no_outputs, CHECK, ALL },
        { claim_outputs_hold, RUNS, 0 },
        { claim_one_compared, KERNEL, 0 },
        { claim_outputs_planned, KERNEL, 0 },
        { claim_program_planned, PROGRAM, 0 },
        { claim_expectations_compared, RUNS, 0 },
        { claim_files_listed, ALL, ALL },
        { claim_check_there, CHECK, 0 },
        { claim_tests_passed, CHECK, 0 },
        { claim_requirements_met, CHECK, 0 },
        { claim_baseline_held, CHECK, 0 },
        { claim_baseline_left, CHECK, 0 },
        { claim_limits_held, CHECK, 0 },
        { claim_peers_held, CHECK, 0 },
        { claim_tests_skipped, 0, CHECK },
};

static unsigned int kind_of(const json_t *result)
{
        const char *kind = get_text(result, "kind");

        for (unsigned int i = 0; record_kinds[i]; i++)
                if (strcmp(record_kinds[i], kind) == 0)
                        return 1u << i;
        return OTHER;
}

/* The elements of a list by the name under `key`, or, without a key, by what they are. */
static json_t *by_name(json_t *list, const char *key)
{
        json_t *index = json_object(), *one;
        size_t i;

        json_array_foreach(list, i, one) {
                const char *name = key ? get_text(one, key) : json_string_value(one);

                if (name && !get_value(index, name))
                        json_object_set(index, name, one);
        }
        return index;
}

static void open_claim(struct claim *claim)
{
        json_t *check = get_value(claim->result, "check");

        claim->outputs = by_name(get_value(claim->result, "outputs"), "file");
        claim->tests = by_name(get_value(check, "tests"), "test");
        claim->writes = by_name(get_value(claim->promise, "outputs"), NULL);
        claim->expects = by_name(get_value(claim->promise, "expect"), NULL);
        claim->planned_tests = by_name(get_value(claim->promise, "tests"), NULL);
}

static void close_claim(struct claim *claim)
{
        json_decref(claim->outputs);
        json_decref(claim->tests);
        json_decref(claim->writes);
        json_decref(claim->expects);
        json_decref(claim->planned_tests);
}

bool claim_holds(const struct intake *intake, const json_t *result, const json_t *planned,
        const char *key, char why[PROOF_TEXT])
{
        static const struct trace none = { .start_s = -1, .end_s = -1, .wall_s = -1 };
        bool skips = strcmp(get_text(result, "status"), "skip") == 0, good = true;
        unsigned int kind = kind_of(result);
        struct claim claim = {
                .intake = intake,
                .result = result,
                .promise = get_value(planned, "promise"),
                .device = intake_find_device(intake, get_value(planned, "device")),
                .key = key,
                .trace = proof_trace(&intake->proof, key),
                .strict = intake->proof.version >= 2,
                .tells_reach = intake->proof.version >= 3,
                .why = why,
        };

        if (!claim.trace)
                claim.trace = &none;
        open_claim(&claim);
        for (size_t i = 0; good && i < sizeof(needs) / sizeof(needs[0]); i++)
                good = !((skips ? needs[i].skip : needs[i].pass) & kind) || needs[i].holds(&claim);
        close_claim(&claim);
        return good;
}
