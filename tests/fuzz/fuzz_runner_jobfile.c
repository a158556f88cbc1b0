/* Any bytes as a job file: either a job that keeps its own rules, or a complaint that names it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/jobfile.h"
#include "lib/path.h"
#include "lib/utf8.h"
#include "tests/fuzz/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_kernel(const struct job *job)
{
        must(job->expectations > 0);
        must(!path_complaint(job->kernel.module));
        for (int i = 0; i < 3; i++)
                must(job->kernel.grid[i] > 0 && job->kernel.block[i] > 0);
        for (size_t i = 0; i < job->kernel.arguments; i++) {
                const struct argument *argument = &job->kernel.argument[i];

                must(!argument->file || !path_complaint(argument->file));
                must(argument->kind == ARGUMENT_IN || argument->kind == ARGUMENT_INOUT ||
                        argument->size > 0);
        }
}

static void check_job(const struct job *job)
{
        for (size_t i = 0; i < job->expectations; i++)
                must(!path_complaint(job->expectation[i].file));
        if (job->type == JOB_KERNEL)
                check_kernel(job);
        must(job->type != JOB_PROGRAM || job->program.exec.count > 0);
}

/* A sweep's points are as good as any job, and its first is the job itself. */
static void check_point(const struct job *sweep, uint32_t number)
{
        struct job job;

        must(jobfile_point(sweep, number, &job));
        must(job.type == sweep->type && job.timeout_ms == sweep->timeout_ms);
        must(strncmp(job.name, "fuzz@", 5) == 0);
        check_job(&job);
        job_clear(&job);
}

/* What stands behind the first NUL is a table, whatever its name. */
struct table {
        const char *text;
        size_t length;
};

static bool read_table(
        void *context, const char *file, char **ret_text, size_t *ret_length, char *why)
{
        const struct table *table = context;

        must(!path_complaint(file));
        *ret_text = malloc(table->length + 1);
        if (!*ret_text)
                return why_not(why, "out of memory");
        if (table->length > 0)
                memcpy(*ret_text, table->text, table->length);
        *ret_length = table->length;
        return true;
}

/* Thousands of points are thousands of jobs, and say no more than ten do. */
static bool is_long(const char *text, size_t length)
{
        size_t digits = 0;

        for (size_t i = 0; i < length && digits < 4; i++)
                digits = text[i] >= '0' && text[i] <= '9' ? digits + 1 : 0;
        return digits == 4 && memmem(text, length, "[Sweep]", 7) && memmem(text, length, "..", 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *text = (const char *)data;
        const char *nul = size > 0 ? memchr(text, '\0', size) : NULL;
        struct table table = { NULL, 0 };
        struct sweep_reader reader = { read_table, &table };
        struct job job;
        bool good;

        if (nul && memmem(text, (size_t)(nul - text), "[Sweep]", 7)) {
                table = (struct table){ nul + 1, size - (size_t)(nul - text) - 1 };
                size = (size_t)(nul - text);
        }
        if (is_long(text, size))
                return 0;
        good = jobfile_parse_sweep("fuzz", text, size, &reader, &job);
        must(good == (job.error[0] == '\0'));
        must(good || strncmp(job.error, "fuzz.conf", 9) == 0);
        must(good || !job.sweep);
        must(utf8_valid(job.error, strlen(job.error)) == strlen(job.error));
        if (good)
                check_job(&job);
        if (job.sweep) {
                check_point(&job, 1);
                check_point(&job, job.sweep->points);
        }
        job_clear(&job);
        return 0;
}
