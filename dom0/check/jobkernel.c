#include "dom0/check/jobkernel.h"

#include <math.h>
#include <string.h>

#include "dom0/check/jobmodule.h"
#include "dom0/check/jobtotals.h"
#include "dom0/image/gpuchip.h"
#include "jobs/argument.h"
#include "jobs/compare.h"
#include "jobs/element.h"
#include "jobs/folder.h"
#include "lib/cleanup.h"
#include "region/region.h"

#define SHARED_ALWAYS (48u * 1024) /* dynamic shared memory that every GPU has */
#define SHARED_MOST   (227u * 1024)
#define LARGE_BUFFERS (UINT64_C(4) << 30)

/* The size of a file that the job names; false, and a complaint, when there is no such file. */
static bool measure(struct review *review, unsigned line, const char *file, uint64_t *ret_bytes)
{
        _cleanup_close_ int fd = folder_open(review->jobs->fd, file, ret_bytes);

        if (fd < 0)
                review_complain(review, line, "'%s' %s", file, folder_strerror(fd));
        return fd >= 0;
}

/* Of a point: whether it is the same file as at the first, of which all has been said. */
static bool is_known(const char *file, const char *of_first)
{
        return of_first && strcmp(file, of_first) == 0;
}

static uint64_t input_bytes(struct review *review, size_t number)
{
        const struct argument *argument = &review->job->kernel.argument[number];
        const struct review *first = review->first;
        uint64_t bytes = 0;

        if (first && is_known(argument->file, first->job->kernel.argument[number].file))
                return first->argument_bytes[number];
        if (measure(review, argument->line, argument->file, &bytes) && bytes == 0)
                review_complain(review, argument->line, "'%s' is empty", argument->file);
        return bytes;
}

static uint64_t review_argument(struct review *review, size_t number)
{
        const struct argument *argument = &review->job->kernel.argument[number];
        uint64_t bytes = argument->kind == ARGUMENT_VALUE ? 0 : argument->size;

        if (argument->kind == ARGUMENT_IN || argument->kind == ARGUMENT_INOUT)
                bytes = input_bytes(review, number);
        if (argument_is_output(argument))
                jobtotals_take_output(review, argument->file, bytes);
        review->argument_bytes[number] = bytes;
        return bytes;
}

/* The bytes of the output that the expectation is about; 0: unknown. */
static uint64_t output_bytes(const struct review *review, const char *file)
{
        const struct job *job = review->job;

        for (size_t i = 0; i < job->kernel.arguments; i++) {
                const struct argument *argument = &job->kernel.argument[i];

                if (argument_is_output(argument) && strcmp(argument->file, file) == 0)
                        return review->argument_bytes[i];
        }
        return 0;
}

/* The first element that nothing is close to, not even a NaN; UINT64_MAX: none. */
static uint64_t find_nan(enum element_type type, const char *data, size_t length)
{
        size_t bytes = element_bytes(type);

        for (size_t i = 0; element_class(type) == ELEMENT_REAL && i < length / bytes; i++)
                if (isnan(element_load(type, data + i * bytes).real))
                        return i;
        return UINT64_MAX;
}

/* Whether the file is an output that the runner fills before the kernel runs. */
static bool is_filled(const struct job *job, const char *file)
{
        for (size_t i = 0; i < job->kernel.arguments; i++)
                if (job->kernel.argument[i].kind == ARGUMENT_OUT &&
                        strcmp(job->kernel.argument[i].file, file) == 0)
                        return true;
        return false;
}

/* What no result is ever like. */
static void review_reference(struct review *review, const struct expectation *expectation)
{
        _cleanup_free_ char *data = NULL;
        uint64_t nan;
        size_t length;

        if (folder_read(
                    review->jobs->fd, expectation->reference, REVIEW_FILE_MAX, &data, &length) != 0)
                return;
        nan = find_nan(expectation->type, data, length);
        if (nan != UINT64_MAX)
                review_complain(review, expectation->line,
                        "the reference '%s' has a NaN as its %s element [%llu], which no result is "
                        "ever close to",
                        expectation->reference, element_name(expectation->type),
                        (unsigned long long)nan);
        else if (is_filled(review->job, expectation->file) && compare_is_poison(data, length))
                review_complain(review, expectation->line,
                        "the reference '%s' is what outputs are filled with before the kernel "
                        "runs, so a result like it counts as never written",
                        expectation->reference);
}

/* A program that passes leaves a file as large as its reference. */
static void add_expected(struct review *review, const struct expectation *expectation)
{
        uint64_t bytes = 0;
        _cleanup_close_ int fd =
                review->job->type == JOB_PROGRAM && expectation->kind == EXPECT_LIKE
                        ? folder_open(review->jobs->fd, expectation->reference, &bytes)
                        : -1;

        if (fd >= 0)
                jobtotals_take_output(review, expectation->file, bytes);
}

static void review_expectation(struct review *review, size_t number)
{
        const struct expectation *expectation = &review->job->expectation[number];
        uint64_t reference, output = output_bytes(review, expectation->file);
        const struct review *first = review->first;

        if (expectation->kind != EXPECT_LIKE ||
                (first &&
                        is_known(expectation->reference,
                                first->job->expectation[number].reference) &&
                        output == output_bytes(first, first->job->expectation[number].file)) ||
                !measure(review, expectation->line, expectation->reference, &reference))
                return;
        if (reference == 0)
                review_complain(review, expectation->line, "the reference '%s' is empty",
                        expectation->reference);
        else if (reference % element_bytes(expectation->type) != 0)
                review_complain(review, expectation->line,
                        "the reference '%s' has %llu bytes, which is no whole number of %s "
                        "elements",
                        expectation->reference, (unsigned long long)reference,
                        element_name(expectation->type));
        else if (output > 0 && output != reference)
                review_complain(review, expectation->line,
                        "the reference '%s' has %llu bytes, but '%s' has %llu",
                        expectation->reference, (unsigned long long)reference, expectation->file,
                        (unsigned long long)output);
        else
                review_reference(review, expectation);
}

/* What a block may have; each chip has a limit of its own. */
static void review_shared(struct review *review)
{
        const struct target *target = review->target;
        uint32_t bytes = review->job->kernel.shared_bytes;
        unsigned line = job_line_of(review->job, "SharedMemory", 0);

        if (bytes > SHARED_MOST) {
                review_complain(review, line,
                        "SharedMemory=%u is more than the %u that a block has on any GPU", bytes,
                        SHARED_MOST);
                return;
        }
        for (uint64_t i = 0; target->gpu && i < target->gpus; i++) {
                unsigned most = gpuchip_shared(gpuchip_capability(target->gpu[i].device));

                if (most == 0 || bytes <= most || !review_runs_on(review, i))
                        continue;
                review_complain(review, line,
                        "SharedMemory=%u is more than the %u that a block has on GPU %llu here "
                        "(%s): use less, or leave this GPU out with Device=",
                        bytes, most, (unsigned long long)i, target->gpu[i].address);
                return;
        }
        if (bytes > SHARED_ALWAYS)
                review_warn(review, line,
                        "SharedMemory=%u is more than the 48 KiB that every GPU has", bytes);
}

void jobkernel_review(struct review *review)
{
        const struct job *job = review->job;
        uint64_t bytes = 0;

        if (!review->first || !is_known(job->kernel.module, review->first->job->kernel.module) ||
                !is_known(job->kernel.function, review->first->job->kernel.function))
                jobmodule_review(review);
        jobmodule_review_launch(review);
        review_shared(review);
        for (size_t i = 0; i < job->kernel.arguments; i++)
                bytes = jobtotals_add(bytes, review_argument(review, i));
        if (bytes > LARGE_BUFFERS)
                review_warn(review, 0, "its buffers take %llu MiB of the GPU's memory",
                        (unsigned long long)(bytes >> 20));
}

void jobkernel_review_expectations(struct review *review)
{
        for (size_t i = 0; i < review->job->expectations; i++) {
                add_expected(review, &review->job->expectation[i]);
                review_expectation(review, i);
        }
}
