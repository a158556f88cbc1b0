#include "runner/record/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/argument.h"
#include "jobs/compare.h"
#include "jobs/folder.h"
#include "region/region.h"
#include "runner/record/record.h"

/* --- before the job runs --- */

static bool find_size(const struct job *job, const struct argument *argument, int folder,
        struct output *output, char *why)
{
        int error = argument_bytes(argument, folder, &output->bytes);

        if (error || output->bytes == 0)
                return why_not(why, "%.*s.conf:%u: '%s' %s", job_stem(job), job->name,
                        argument->line, argument->file,
                        error ? folder_strerror(error) : "is empty");
        return true;
}

static bool read_reference(const struct job *job, int folder, struct output *output, char *why)
{
        const struct expectation *expectation = output->expectation;
        size_t length = 0;
        int error;

        if (!expectation || expectation->kind != EXPECT_LIKE)
                return true;
        error = folder_read(
                folder, expectation->reference, output->bytes, &output->reference, &length);
        if (error && error != -EFBIG)
                return why_not(why, "%.*s.conf:%u: the reference '%s' %s", job_stem(job), job->name,
                        expectation->line, expectation->reference, folder_strerror(error));
        if (error || length != output->bytes)
                return why_not(why,
                        "%.*s.conf:%u: the reference '%s' is %s than '%s', which has %llu bytes",
                        job_stem(job), job->name, expectation->line, expectation->reference,
                        error ? "larger" : "smaller", output->file,
                        (unsigned long long)output->bytes);
        if (output->bytes % element_bytes(expectation->type) != 0)
                return why_not(why,
                        "%.*s.conf:%u: '%s' has %llu bytes, which is no whole number of "
                        "%s elements",
                        job_stem(job), job->name, expectation->line, output->file,
                        (unsigned long long)output->bytes, element_name(expectation->type));
        return true;
}

static bool add_bytes(const struct output *output, struct outputs *outputs)
{
        uint64_t bytes = region_record_bytes(strlen(output->path), output->bytes);
        uint64_t record = output->stored ? journal_stored_bytes(output->path) : bytes;

        return !__builtin_add_overflow(outputs->record_bytes, record, &outputs->record_bytes) &&
               !__builtin_add_overflow(
                       outputs->store_bytes, output->stored ? bytes : 0, &outputs->store_bytes);
}

static bool prepare_one(const struct entry *entry, const struct argument *argument, int folder,
        const struct journal *journal, struct outputs *outputs, char *why)
{
        struct output *output = &outputs->output[outputs->count];
        char device[16];

        plan_device_name(entry, device);
        output->file = argument->file;
        output->poisoned = argument->kind == ARGUMENT_OUT;
        output->expectation = job_expectation_of(entry->job, argument->file);
        snprintf(output->path, sizeof(output->path), "jobs/%s/%s/%s", entry->job->name, device,
                argument->file);
        outputs->count++;
        if (!find_size(entry->job, argument, folder, output, why) ||
                !read_reference(entry->job, folder, output, why))
                return false;
        output->stored = journal_stores(journal, output->bytes);
        return add_bytes(output, outputs) || why_not(why, "the outputs are too large together");
}

bool outputs_prepare(const struct entry *entry, int folder, const struct journal *journal,
        struct outputs *ret_outputs, char *why)
{
        const struct job *job = entry->job;
        struct outputs outputs = { .output = NULL };

        outputs.output = calloc(job->kernel.arguments + 1, sizeof(*outputs.output));
        if (!outputs.output)
                return why_not(why, "out of memory");
        for (size_t i = 0; i < job->kernel.arguments; i++) {
                const struct argument *argument = &job->kernel.argument[i];

                if (argument_is_output(argument) &&
                        !prepare_one(entry, argument, folder, journal, &outputs, why)) {
                        outputs_clear(&outputs);
                        return false;
                }
        }
        *ret_outputs = outputs;
        return true;
}

void outputs_clear(struct outputs *outputs)
{
        for (size_t i = 0; i < outputs->count; i++)
                free(outputs->output[i].reference);
        free(outputs->output);
        *outputs = (struct outputs){ .output = NULL };
}

/* --- when it has run --- */

static void judge_sha256(const struct output *output, const uint8_t digest[SHA256_SIZE],
        json_t *record, struct evidence *evidence)
{
        bool same = memcmp(digest, output->expectation->sha256, SHA256_SIZE) == 0;
        char found[2 * SHA256_SIZE + 1], expected[2 * SHA256_SIZE + 1];

        evidence->compared++;
        json_object_set_new(record, "expect", json_string(same ? "pass" : "fail"));
        if (same)
                return;
        sha256_format(digest, found);
        sha256_format(output->expectation->sha256, expected);
        evidence_fail(evidence, "%s has SHA-256 %s, expected %s", output->file, found, expected);
}

/* An element as a person reads it. */
static void print_element(const json_t *element, char ret_text[40])
{
        if (json_is_string(element))
                snprintf(ret_text, 40, "%s", json_string_value(element));
        else if (json_is_integer(element))
                snprintf(ret_text, 40, "%lld", (long long)json_integer_value(element));
        else
                snprintf(ret_text, 40, "%.9g", json_real_value(element));
}

/* Where nothing but untouched elements is wrong: there is no value to tell. */
static void fail_untouched(
        const struct output *output, const struct comparison *comparison, struct evidence *evidence)
{
        evidence_fail(evidence,
                "%s: %llu of %llu %s elements were never written, the first is [%llu]",
                output->file, (unsigned long long)comparison->untouched,
                (unsigned long long)comparison->elements, element_name(output->expectation->type),
                (unsigned long long)comparison->first_untouched);
}

static void fail_elements(const struct output *output, const struct comparison *comparison,
        const json_t *worst, struct evidence *evidence)
{
        char expected[40], found[40], untouched[64] = "";

        if (comparison->untouched > 0)
                snprintf(untouched, sizeof(untouched), " and %llu were never written",
                        (unsigned long long)comparison->untouched);
        print_element(json_object_get(worst, "expected"), expected);
        print_element(json_object_get(worst, "found"), found);
        evidence_fail(evidence,
                "%s: %llu of %llu %s elements are wrong%s, the worst is [%llu]: expected %s, "
                "found %s",
                output->file, (unsigned long long)(comparison->mismatches - comparison->untouched),
                (unsigned long long)comparison->elements, element_name(output->expectation->type),
                untouched, (unsigned long long)comparison->worst.index, expected, found);
}

static void judge_elements(
        const struct output *output, const void *data, json_t *record, struct evidence *evidence)
{
        const struct expectation *expectation = output->expectation;
        struct comparison comparison;
        json_t *worst;

        compare_elements(expectation->type, expectation->tolerance, output->reference, data,
                output->bytes / element_bytes(expectation->type), output->poisoned, &comparison);
        evidence->compared++;
        json_object_set_new(
                record, "expect", json_string(comparison.mismatches == 0 ? "pass" : "fail"));
        /* For those who compare two runs, and have no job file. */
        json_object_set_new(record, "as", json_string(element_name(expectation->type)));
        json_object_set_new(record, "tolerance", json_real(expectation->tolerance));
        if (comparison.mismatches == 0)
                return;
        json_object_set_new(record, "mismatches", json_integer((json_int_t)comparison.mismatches));
        if (comparison.untouched > 0) {
                evidence->untouched = true;
                json_object_set_new(
                        record, "untouched", json_integer((json_int_t)comparison.untouched));
        }
        if (comparison.untouched == comparison.mismatches) {
                fail_untouched(output, &comparison, evidence);
                return;
        }
        worst = record_worst(expectation->type, &comparison.worst);
        json_object_set_new(record, "worst", worst);
        fail_elements(output, &comparison, worst, evidence);
}

void output_judge(
        const struct output *output, const void *data, json_t *list, struct evidence *evidence)
{
        uint8_t digest[SHA256_SIZE];

        sha256(data, output->bytes, digest);
        output_judge_hashed(output, data, digest, list, evidence);
}

void output_judge_hashed(const struct output *output, const void *data,
        const uint8_t digest[SHA256_SIZE], json_t *list, struct evidence *evidence)
{
        char hex[2 * SHA256_SIZE + 1];
        json_t *record;

        sha256_format(digest, hex);
        record = json_pack("{s:s, s:I, s:s, s:n}", "file", output->file, "bytes",
                (json_int_t)output->bytes, "sha256", hex, "expect");
        /* First, because "never written" says more than any difference that follows from it. */
        if (output->poisoned && compare_is_poison(data, output->bytes)) {
                evidence->untouched = true;
                evidence_fail(evidence,
                        "%s was never written: it still holds what the buffer was filled with",
                        output->file);
        }
        if (output->expectation && output->expectation->kind == EXPECT_SHA256)
                judge_sha256(output, digest, record, evidence);
        else if (output->expectation)
                judge_elements(output, data, record, evidence);
        json_array_append_new(list, record);
}
