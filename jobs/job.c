#include "jobs/job.h"

#include <stdlib.h>
#include <string.h>

const char *job_type_name(enum job_type type)
{
        static const char *const names[] = { "unknown", "kernel", "program", "check" };

        return names[type];
}

void job_clear(struct job *job)
{
        words_clear(&job->complaints);
        for (size_t i = 0; i < job->kernel.arguments; i++)
                free(job->kernel.argument[i].file);
        for (size_t i = 0; i < job->expectations; i++) {
                free(job->expectation[i].file);
                free(job->expectation[i].reference);
        }
        free(job->description);
        free(job->kernel.module);
        free(job->kernel.function);
        free(job->kernel.argument);
        free(job->check.level);
        free(job->check.baseline);
        free(job->expectation);
        words_clear(&job->devices);
        words_clear(&job->program.exec);
        words_clear(&job->program.collect);
        words_clear(&job->program.environment);
        words_clear(&job->check.tests);
        words_clear(&job->check.require);
        memset(job, 0, sizeof(*job));
}
