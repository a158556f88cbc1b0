/* What one job on one device must have recorded for its pass, or its skip, to be believed. */
#include "dom0/claim.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dom0/escape.h"

bool claim_miss(const struct claim *claim, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(claim->why, PROOF_TEXT, format, arguments);
        va_end(arguments);
        return false;
}

const char *claim_text(const json_t *object, const char *key)
{
        const char *text = json_string_value(json_object_get(object, key));

        return text ? text : "";
}

static bool is_nothing(const json_t *value)
{
        return !value || json_is_null(value);
}

/* --- the job, its device, its process --- */

static bool kind_known(const struct claim *claim)
{
        const char *kind = claim_text(claim->result, "kind");

        return record_knows(record_kinds, kind) ||
               claim_miss(claim, "its kind \"%s\" is not known", shown_string(kind).text);
}

static bool on_device(const struct claim *claim)
{
        static const char *const keys[] = { "name", "rehearsal" };

        if (!claim->device)
                return claim_miss(claim, "it ran on no device of run.devices");
        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
                if (!json_equal(json_object_get(claim->result, keys[i]),
                            json_object_get(claim->device, keys[i])))
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
        const char *status = claim_text(claim->result, "status");
        const json_t *wall = json_object_get(claim->result, "wall_s");

        if (claim->trace->ends == 0)
                return true;
        if (strcmp(claim->trace->status, status) != 0)
                return claim_miss(
                        claim, "its job.end says %s", shown_string(claim->trace->status).text);
        if (claim->trace->wall_s >= 0 && json_is_number(wall) &&
                fabs(claim->trace->wall_s - json_number_value(wall)) > CLOCK_SLACK_S)
                return claim_miss(claim, "its job.end has another \"wall_s\"");
        return true;
}

static bool times_fit(const struct claim *claim)
{
        static const char *const keys[] = { "start_s", "wall_s", "timings", "outputs" };
        double start = json_number_value(json_object_get(claim->result, "start_s"));
        double wall = json_number_value(json_object_get(claim->result, "wall_s"));

        if (!claim->strict)
                return true;
        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
                if (is_nothing(json_object_get(claim->result, keys[i])))
                        return claim_miss(claim, "its \"%s\" is null", keys[i]);
        if (start < claim->trace->start_s - CLOCK_SLACK_S)
                return claim_miss(claim, "its \"start_s\" is before its job.start");
        if (start + wall > claim->trace->end_s + CLOCK_SLACK_S)
                return claim_miss(claim, "its \"wall_s\" does not fit before its job.end");
        return true;
}

static bool process_ended_well(const struct claim *claim)
{
        const json_t *code = json_object_get(claim->result, "exit_code");

        if (!is_nothing(json_object_get(claim->result, "signal")))
                return claim_miss(claim, "its process was killed by a signal");
        if (is_nothing(code) && claim->strict)
                return claim_miss(claim, "it does not say how its process ended");
        if (!is_nothing(code) && json_integer_value(code) != 0)
                return claim_miss(claim, "its process ended with exit code %lld",
                        (long long)json_integer_value(code));
        return true;
}

static bool no_reason(const struct claim *claim)
{
        const char *reason = claim_text(claim->result, "reason");

        return !*reason || claim_miss(claim, "it has a reason: %s", shown_string(reason).text);
}

/* --- its outputs --- */

/* The FILE record with an output's bytes is there and has them. */
static bool output_there(const struct claim *claim, const json_t *output)
{
        const char *name = claim_text(output, "file");
        char path[2 * REGION_MAX_NAME], found[2 * SHA256_SIZE + 1];
        const struct run_file *file;
        int length = snprintf(path, sizeof(path), "jobs/%s/%s", claim->key, name);

        if (length < 0 || (size_t)length >= sizeof(path))
                return claim_miss(claim, "the name of an output is too long");
        file = reader_find_file(claim->reader, path);
        if (!file)
                return claim_miss(
                        claim, "its output %s is not in the region", shown_string(name).text);
        if (json_integer_value(json_object_get(output, "bytes")) != (json_int_t)file->length)
                return claim_miss(claim, "its output %s has another size than it says",
                        shown_string(name).text);
        sha256_format(file->sha256, found);
        return strcmp(claim_text(output, "sha256"), found) == 0 ||
               claim_miss(claim, "its output %s has another SHA-256 than it says",
                       shown_string(name).text);
}

/* An output that was compared is as expected, and not of no bytes. */
static bool output_held(const struct claim *claim, const json_t *output)
{
        const char *name = claim_text(output, "file"), *expect = claim_text(output, "expect");
        const json_t *mismatches = json_object_get(output, "mismatches");

        if (strcmp(expect, "fail") == 0)
                return claim_miss(
                        claim, "its output %s is not as expected", shown_string(name).text);
        if (!is_nothing(json_object_get(output, "worst")) ||
                (!is_nothing(mismatches) && json_integer_value(mismatches) != 0))
                return claim_miss(
                        claim, "its output %s has wrong elements", shown_string(name).text);
        if (*expect && json_integer_value(json_object_get(output, "bytes")) == 0)
                return claim_miss(claim, "its output %s was compared and has no bytes",
                        shown_string(name).text);
        return true;
}

static bool outputs_hold(const struct claim *claim)
{
        json_t *output;
        size_t i;

        json_array_foreach(json_object_get(claim->result, "outputs"), i, output)
        {
                const char *name = claim_text(output, "file");

                if (json_object_get(claim->outputs, name) != output)
                        return claim_miss(
                                claim, "its output %s is listed twice", shown_string(name).text);
                if (!output_there(claim, output) || !output_held(claim, output))
                        return false;
        }
        return true;
}

static bool expectations_compared(const struct claim *claim)
{
        json_t *expected = json_object_get(claim->promise, "expect"), *name, *output;
        size_t compared = 0, i;

        json_array_foreach(expected, i, name)
        {
                const char *text = json_string_value(name);

                if (!*claim_text(json_object_get(claim->outputs, text), "expect"))
                        return claim_miss(claim, "its expectation %s was never compared",
                                shown_string(text).text);
        }
        json_array_foreach(json_object_get(claim->result, "outputs"), i, output)
        {
                const char *text = claim_text(output, "file");

                if (!*claim_text(output, "expect"))
                        continue;
                compared++;
                if (claim->strict && !json_object_get(claim->expects, text))
                        return claim_miss(claim, "its output %s was compared, which is not planned",
                                shown_string(text).text);
        }
        return !claim->strict || compared == json_array_size(expected) ||
               claim_miss(claim, "the plan has an expectation of it twice");
}

static bool one_compared(const struct claim *claim)
{
        json_t *output;
        size_t i;

        json_array_foreach(json_object_get(claim->result, "outputs"), i, output)
        {
                if (*claim_text(output, "expect"))
                        return true;
        }
        return claim_miss(claim, "it compared no output with an expectation");
}

/* What a kernel writes is known before it runs. */
static bool outputs_planned(const struct claim *claim)
{
        json_t *planned = json_object_get(claim->promise, "outputs"), *one;
        size_t i;

        if (!claim->strict)
                return true;
        if (!json_is_array(planned) || !json_is_array(json_object_get(claim->promise, "expect")))
                return claim_miss(claim, "the plan does not say what it writes and compares");
        json_array_foreach(planned, i, one)
        {
                if (!json_object_get(claim->outputs, json_string_value(one)))
                        return claim_miss(claim, "its output %s was never recorded",
                                shown_string(json_string_value(one)).text);
        }
        json_array_foreach(json_object_get(claim->result, "outputs"), i, one)
        {
                if (!json_object_get(claim->writes, claim_text(one, "file")))
                        return claim_miss(claim, "its output %s is not planned",
                                shown_string(claim_text(one, "file")).text);
        }
        return i == json_array_size(planned) ||
               claim_miss(claim, "the plan has an output of it twice");
}

static bool program_planned(const struct claim *claim)
{
        return !claim->strict || json_is_array(json_object_get(claim->promise, "expect")) ||
               claim_miss(claim, "the plan does not say what it compares");
}

/* Whether a file of the job need not be an output: what its process printed, and a baseline. */
static bool is_beside(const struct claim *claim, const char *name)
{
        bool check = strcmp(claim_text(claim->result, "kind"), "check") == 0;

        return strcmp(name, "stdout") == 0 || strcmp(name, "stderr") == 0 ||
               (check && strcmp(name, "baseline.json") == 0);
}

static bool files_listed(const struct claim *claim)
{
        size_t folder = sizeof("jobs/") + strlen(claim->key);
        json_t *path;
        size_t i;

        json_array_foreach(json_object_get(claim->reader->job_files, claim->key), i, path)
        {
                const char *name = json_string_value(path) + folder;

                if (claim->strict && !json_object_get(claim->outputs, name) &&
                        !is_beside(claim, name))
                        return claim_miss(claim, "its RESULT does not list its file %s",
                                shown_string(name).text);
        }
        return true;
}

static bool no_outputs(const struct claim *claim)
{
        return json_array_size(json_object_get(claim->result, "outputs")) == 0 ||
               claim_miss(claim, "it lists outputs, which it cannot have");
}

static bool no_check(const struct claim *claim)
{
        return !json_object_get(claim->result, "check") ||
               claim_miss(claim, "it has the results of a check");
}

static bool on_no_device(const struct claim *claim)
{
        return json_is_null(json_object_get(claim->result, "device")) ||
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
        { no_reason, ALL, 0 },
        { process_ended_well, ALL, 0 },
        { end_agrees, ALL, ALL },
        { started_and_ended, ALL, ALL },
        { times_fit, ALL, 0 },
        { no_check, RUNS, RUNS },
        { no_outputs, CHECK, ALL },
        { outputs_hold, RUNS, 0 },
        { one_compared, KERNEL, 0 },
        { outputs_planned, KERNEL, 0 },
        { program_planned, PROGRAM, 0 },
        { expectations_compared, RUNS, 0 },
        { files_listed, ALL, ALL },
        { claim_check_there, CHECK, 0 },
        { claim_tests_passed, CHECK, 0 },
        { claim_requirements_met, CHECK, 0 },
        { claim_baseline_held, CHECK, 0 },
        { claim_baseline_left, CHECK, 0 },
        { claim_tests_skipped, 0, CHECK },
};

static unsigned int kind_of(const json_t *result)
{
        const char *kind = claim_text(result, "kind");

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

        json_array_foreach(list, i, one)
        {
                const char *name = key ? claim_text(one, key) : json_string_value(one);

                if (name && !json_object_get(index, name))
                        json_object_set(index, name, one);
        }
        return index;
}

static void open_claim(struct claim *claim)
{
        json_t *check = json_object_get(claim->result, "check");

        claim->outputs = by_name(json_object_get(claim->result, "outputs"), "file");
        claim->tests = by_name(json_object_get(check, "tests"), "test");
        claim->writes = by_name(json_object_get(claim->promise, "outputs"), NULL);
        claim->expects = by_name(json_object_get(claim->promise, "expect"), NULL);
        claim->planned_tests = by_name(json_object_get(claim->promise, "tests"), NULL);
}

static void close_claim(struct claim *claim)
{
        json_decref(claim->outputs);
        json_decref(claim->tests);
        json_decref(claim->writes);
        json_decref(claim->expects);
        json_decref(claim->planned_tests);
}

bool claim_holds(const struct reader *reader, const json_t *result, const json_t *planned,
        const char *key, char why[PROOF_TEXT])
{
        static const struct trace none = { .start_s = -1, .end_s = -1, .wall_s = -1 };
        bool skips = strcmp(claim_text(result, "status"), "skip") == 0, good = true;
        unsigned int kind = kind_of(result);
        struct claim claim = {
                .reader = reader,
                .result = result,
                .promise = json_object_get(planned, "promise"),
                .device = reader_find_device(reader, json_object_get(planned, "device")),
                .key = key,
                .trace = proof_trace(&reader->proof, key),
                .strict = reader->proof.version >= 2,
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
