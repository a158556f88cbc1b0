/* RESULT records, and what they must keep of what they claim. */
#include <stdio.h>
#include <string.h>

#include "dom0/escape.h"
#include "dom0/fields.h"
#include "dom0/memory.h"
#include "dom0/path.h"
#include "dom0/reader.h"

static const struct field result_fields[] = {
        { "job", FIELD_STRING | FIELD_REQUIRED },
        { "kind", FIELD_STRING | FIELD_REQUIRED },
        { "device", FIELD_INTEGER | FIELD_NULL | FIELD_REQUIRED },
        { "name", FIELD_STRING | FIELD_NULL | FIELD_REQUIRED },
        { "uuid", FIELD_STRING | FIELD_NULL | FIELD_REQUIRED },
        { "pci", FIELD_STRING | FIELD_NULL | FIELD_REQUIRED },
        { "rehearsal", FIELD_BOOLEAN | FIELD_REQUIRED },
        { "status", FIELD_STRING | FIELD_REQUIRED },
        { "reason", FIELD_STRING | FIELD_NULL },
        { "start_s", FIELD_NUMBER | FIELD_NULL },
        { "wall_s", FIELD_NUMBER | FIELD_NULL },
        { "timings", FIELD_OBJECT | FIELD_NULL },
        { "outputs", FIELD_ARRAY | FIELD_NULL },
        { "exit_code", FIELD_INTEGER | FIELD_NULL },
        { "signal", FIELD_INTEGER | FIELD_NULL },
        { "xid", FIELD_ARRAY | FIELD_NULL },
        { "fresh_context", FIELD_BOOLEAN },
        { "started_ahead", FIELD_BOOLEAN },
        { NULL, 0 },
};

static const struct field output_fields[] = {
        { "file", FIELD_STRING | FIELD_REQUIRED },
        { "bytes", FIELD_INTEGER | FIELD_REQUIRED },
        { "sha256", FIELD_STRING | FIELD_NULL | FIELD_REQUIRED },
        { "expect", FIELD_STRING | FIELD_NULL | FIELD_REQUIRED },
        { "worst", FIELD_OBJECT | FIELD_NULL },
        { "mismatches", FIELD_INTEGER | FIELD_NULL },
        { NULL, 0 },
};

const char *reader_job_key(const json_t *object, char ret_key[JOB_KEY_SIZE])
{
        const char *job = json_string_value(json_object_get(object, "job"));
        const json_t *device = json_object_get(object, "device");
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

static bool check_timings(json_t *result, const char *what, struct problems *problems)
{
        json_t *timings = json_object_get(result, "timings"), *value;
        bool good = true;
        const char *key;
        void *next;

        json_object_foreach_safe(timings, next, key, value)
        {
                if (json_is_number(value))
                        continue;
                problem(problems, "%s has a timing \"%s\" that is no number", what,
                        shown_string(key).text);
                json_object_del(timings, key);
                good = false;
        }
        return good;
}

static bool check_output(
        const json_t *output, const char *what, struct problems *problems, json_t *kept)
{
        bool good;
        json_t *copy = fields_take(output, output_fields, what, problems, &good);
        const char *expect = json_string_value(json_object_get(copy, "expect"));

        if (good && expect && strcmp(expect, "pass") != 0 && strcmp(expect, "fail") != 0) {
                problem(problems, "%s has an \"expect\" that is neither pass nor fail", what);
                good = false;
        }
        if (good)
                json_array_append(kept, copy);
        json_decref(copy);
        return good;
}

/* Leaves only the outputs that have all they must. */
static bool check_outputs(json_t *result, const char *what, struct problems *problems)
{
        json_t *outputs = json_object_get(result, "outputs"), *output, *kept;
        char of[SHOWN_SIZE + 32];
        bool good = true;
        size_t i;

        if (!json_is_array(outputs))
                return true;
        snprintf(of, sizeof(of), "an output of %s", what);
        kept = json_array();
        json_array_foreach(outputs, i, output) good =
                check_output(output, of, problems, kept) && good;
        json_object_set_new(result, "outputs", kept);
        return good;
}

static bool check_status(const json_t *result, const char *what, struct problems *problems)
{
        const char *status = json_string_value(json_object_get(result, "status"));
        const char *reason = json_string_value(json_object_get(result, "reason"));

        if (!status)
                return false; /* named already: the key is missing or has the wrong type */
        if (job_status_find(status) == JOB_STATUSES) {
                problem(problems, "%s has an unknown status \"%s\"", what,
                        shown_string(status).text);
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

static void keep_result(struct reader *reader, json_t *object, const char *key, bool good)
{
        struct run *run = reader->run;
        const json_t *index = json_object_get(reader->result_index, key);

        if (index) {
                struct run_result *first = &run->results[json_integer_value(index)];

                if (first->count++ == 1)
                        contradiction(run, "%s has more than one RESULT", shown_string(key).text);
                return;
        }
        run->results = memory_grow(run->results, run->results_count, sizeof(*run->results));
        run->results[run->results_count] = (struct run_result){
                .object = json_incref(object),
                .count = 1,
                .good = good,
        };
        json_object_set_new(
                reader->result_index, key, json_integer((json_int_t)run->results_count++));
        if (json_is_true(json_object_get(object, "rehearsal")))
                run->rehearsal = true;
}

static void check_result(struct reader *reader, const struct region_record *record, json_t *given)
{
        struct run *run = reader->run;
        char what[SHOWN_SIZE + 16], key[JOB_KEY_SIZE];
        const char *why;
        json_t *object;
        bool good;

        snprintf(what, sizeof(what), "RESULT %s", shown(record->name, record->name_length).text);
        object = fields_take(given, result_fields, what, &run->problems, &good);
        if (object) {
                good = check_status(object, what, &run->problems) && good;
                good = check_timings(object, what, &run->problems) && good;
                good = check_outputs(object, what, &run->problems) && good;
        }
        if (!good)
                run->facts.contradictions++;
        why = object ? reader_job_key(object, key) : NULL;
        if (why)
                contradiction(run, "%s: its job %s", what, why);
        else if (object && !name_agrees(record, key))
                contradiction(run, "%s is of %s by its own words", what, shown_string(key).text);
        else if (object)
                keep_result(reader, object, key, good);
        json_decref(object);
}

void reader_take_result(struct reader *reader, const struct region_record *record)
{
        json_t *given;

        if (!reader_may_keep(reader, record))
                return;
        given = run_record_json(record);
        check_result(reader, record, given);
        json_decref(given);
}

/* The FILE record with an output's bytes is there and has them. */
static const char *broken_output(const struct reader *reader, const json_t *output, const char *key)
{
        const char *name = json_string_value(json_object_get(output, "file"));
        const char *digest = json_string_value(json_object_get(output, "sha256"));
        char path[2 * REGION_MAX_NAME], found[2 * SHA256_SIZE + 1];
        const struct run_file *file;
        const json_t *index;
        int length = snprintf(path, sizeof(path), "jobs/%s/%s", key, name);

        if (length < 0 || (size_t)length >= sizeof(path))
                return "has an output whose name is too long";
        index = json_object_get(reader->file_index, path);
        if (!index)
                return "has an output that is not in the region";
        file = &reader->run->files[json_integer_value(index)];
        sha256_format(file->sha256, found);
        if (json_integer_value(json_object_get(output, "bytes")) != (json_int_t)file->length)
                return "has an output of another size than it says";
        if (!digest || strcmp(digest, found) != 0)
                return "has an output with another SHA-256 than it says";
        return NULL;
}

const char *reader_broken_claim(const struct reader *reader, const json_t *result, const char *key)
{
        const char *kind = json_string_value(json_object_get(result, "kind"));
        const json_t *exit_code = json_object_get(result, "exit_code");
        json_t *output;
        size_t i, held = 0;

        if (json_is_integer(json_object_get(result, "signal")))
                return "was killed by a signal";
        if (json_is_integer(exit_code) && json_integer_value(exit_code) != 0)
                return "has an exit code other than 0";
        json_array_foreach(json_object_get(result, "outputs"), i, output)
        {
                const char *expect = json_string_value(json_object_get(output, "expect"));
                const char *broken = broken_output(reader, output, key);

                if (broken)
                        return broken;
                if (expect && strcmp(expect, "pass") != 0)
                        return "has an output that is not as expected";
                held += expect != NULL;
        }
        if (kind && strcmp(kind, "kernel") == 0 && held == 0)
                return "compared no output with an expectation";
        return NULL;
}
