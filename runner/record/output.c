#include "runner/record/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "jobs/argument.h"
#include "jobs/compare.h"
#include "jobs/folder.h"
#include "region/region.h"
#include "runner/record/record.h"

/* --- before the job runs --- */

__attribute__((format(printf, 2, 3))) static bool refuse(char *why, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(why, JOB_MAX_ERROR + 1, format, arguments);
        va_end(arguments);
        return false;
}

static const struct expectation *expectation_of(const struct job *job, const char *file)
{
        for (size_t i = 0; i < job->expectations; i++) {
                if (strcmp(job->expectation[i].file, file) == 0)
                        return &job->expectation[i];
        }
        return NULL;
}

static bool find_size(const struct job *job, const struct argument *argument, int folder,
        struct output *output, char *why)
{
        int fd;

        output->bytes = argument->size;
        if (argument->kind == ARGUMENT_OUT)
                return true;
        fd = folder_open(folder, argument->file, &output->bytes);
        if (fd >= 0)
                close(fd);
        if (fd < 0 || output->bytes == 0)
                return refuse(why, "%s.conf:%u: '%s' %s", job->name, argument->line, argument->file,
                        fd < 0 ? folder_strerror(fd) : "is empty");
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
                return refuse(why, "%s.conf:%u: the reference '%s' %s", job->name,
                        expectation->line, expectation->reference, folder_strerror(error));
        if (error || length != output->bytes)
                return refuse(why,
                        "%s.conf:%u: the reference '%s' is %s than '%s', which has %llu bytes",
                        job->name, expectation->line, expectation->reference,
                        error ? "larger" : "smaller", output->file,
                        (unsigned long long)output->bytes);
        if (output->bytes % element_bytes(expectation->type) != 0)
                return refuse(why,
                        "%s.conf:%u: '%s' has %llu bytes, which is no whole number of "
                        "%s elements",
                        job->name, expectation->line, output->file,
                        (unsigned long long)output->bytes, element_name(expectation->type));
        return true;
}

static bool prepare_one(const struct entry *entry, const struct argument *argument, int folder,
        struct outputs *outputs, char *why)
{
        struct output *output = &outputs->output[outputs->count];
        uint64_t bytes;
        char device[16];

        plan_device_name(entry, device);
        output->file = argument->file;
        output->poisoned = argument->kind == ARGUMENT_OUT;
        output->expectation = expectation_of(entry->job, argument->file);
        snprintf(output->path, sizeof(output->path), "jobs/%s/%s/%s", entry->job->name, device,
                argument->file);
        outputs->count++;
        if (!find_size(entry->job, argument, folder, output, why) ||
                !read_reference(entry->job, folder, output, why))
                return false;
        bytes = region_record_bytes(strlen(output->path), output->bytes);
        if (__builtin_add_overflow(outputs->record_bytes, bytes, &outputs->record_bytes))
                return refuse(why, "the outputs are too large together");
        return true;
}

bool outputs_prepare(const struct entry *entry, int folder, struct outputs *ret_outputs, char *why)
{
        const struct job *job = entry->job;
        struct outputs outputs = { NULL, 0, 0 };

        outputs.output = calloc(job->kernel.arguments + 1, sizeof(*outputs.output));
        if (!outputs.output)
                return refuse(why, "out of memory");
        for (size_t i = 0; i < job->kernel.arguments; i++) {
                const struct argument *argument = &job->kernel.argument[i];

                if (argument_is_output(argument) &&
                        !prepare_one(entry, argument, folder, &outputs, why)) {
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
        *outputs = (struct outputs){ NULL, 0, 0 };
}

/* --- when it has run --- */

__attribute__((format(printf, 2, 3))) static void fail(struct facts *facts, const char *format, ...)
{
        va_list arguments;

        if (facts->failed++ > 0)
                return;
        va_start(arguments, format);
        vsnprintf(facts->failure, sizeof(facts->failure), format, arguments);
        va_end(arguments);
}

static void judge_sha256(const struct output *output, const uint8_t digest[SHA256_SIZE],
        json_t *record, struct facts *facts)
{
        bool same = memcmp(digest, output->expectation->sha256, SHA256_SIZE) == 0;
        char found[2 * SHA256_SIZE + 1], expected[2 * SHA256_SIZE + 1];

        facts->compared++;
        json_object_set_new(record, "expect", json_string(same ? "pass" : "fail"));
        if (same)
                return;
        sha256_format(digest, found);
        sha256_format(output->expectation->sha256, expected);
        fail(facts, "%s has SHA-256 %s, expected %s", output->file, found, expected);
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

static void fail_elements(const struct output *output, const struct comparison *comparison,
        const json_t *worst, struct facts *facts)
{
        char expected[40], found[40];

        print_element(json_object_get(worst, "expected"), expected);
        print_element(json_object_get(worst, "found"), found);
        fail(facts,
                "%s: %llu of %llu %s elements are wrong, the worst is [%llu]: expected %s, "
                "found %s",
                output->file, (unsigned long long)comparison->mismatches,
                (unsigned long long)comparison->elements, element_name(output->expectation->type),
                (unsigned long long)comparison->worst.index, expected, found);
}

static void judge_elements(
        const struct output *output, const void *data, json_t *record, struct facts *facts)
{
        const struct expectation *expectation = output->expectation;
        struct comparison comparison;
        json_t *worst;

        compare_elements(expectation->type, expectation->tolerance, output->reference, data,
                output->bytes / element_bytes(expectation->type), &comparison);
        facts->compared++;
        json_object_set_new(
                record, "expect", json_string(comparison.mismatches == 0 ? "pass" : "fail"));
        if (comparison.mismatches == 0)
                return;
        worst = record_worst(expectation->type, &comparison.worst);
        json_object_set_new(record, "mismatches", json_integer((json_int_t)comparison.mismatches));
        json_object_set_new(record, "worst", worst);
        fail_elements(output, &comparison, worst, facts);
}

void output_judge(const struct output *output, const void *data, json_t *list, struct facts *facts)
{
        uint8_t digest[SHA256_SIZE];

        sha256(data, output->bytes, digest);
        output_judge_hashed(output, data, digest, list, facts);
}

void output_judge_hashed(const struct output *output, const void *data,
        const uint8_t digest[SHA256_SIZE], json_t *list, struct facts *facts)
{
        char hex[2 * SHA256_SIZE + 1];
        json_t *record;

        sha256_format(digest, hex);
        record = json_pack("{s:s, s:I, s:s, s:n}", "file", output->file, "bytes",
                (json_int_t)output->bytes, "sha256", hex, "expect");
        /* First, because "never written" says more than any difference that follows from it. */
        if (output->poisoned && compare_is_poison(data, output->bytes))
                fail(facts, "%s was never written: it still holds what the buffer was filled with",
                        output->file);
        if (output->expectation && output->expectation->kind == EXPECT_SHA256)
                judge_sha256(output, digest, record, facts);
        else if (output->expectation)
                judge_elements(output, data, record, facts);
        json_array_append_new(list, record);
}
