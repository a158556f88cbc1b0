/* Any bytes as a job file: either a job that keeps its own rules, or a complaint that names it. */
#include <stdint.h>
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct job job;
        bool good = jobfile_parse("fuzz", (const char *)data, size, &job);

        must(good == (job.error[0] == '\0'));
        must(good || strncmp(job.error, "fuzz.conf", 9) == 0);
        must(utf8_valid(job.error, strlen(job.error)) == strlen(job.error));
        for (size_t i = 0; good && i < job.expectations; i++)
                must(!path_complaint(job.expectation[i].file));
        if (good && job.type == JOB_KERNEL)
                check_kernel(&job);
        must(!good || job.type != JOB_PROGRAM || job.program.exec.count > 0);
        job_clear(&job);
        return 0;
}
