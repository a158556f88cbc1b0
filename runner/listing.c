#include "runner/listing.h"

#include <stdio.h>

#include "runner/argument.h"

static void print_devices(const struct job *job)
{
        if (job->all_devices)
                printf("every GPU");
        for (size_t i = 0; i < job->devices.count; i++)
                printf("%s%s", i ? "," : "GPU ", job->devices.word[i]);
}

static unsigned long long declared_bytes(const struct job *job)
{
        unsigned long long bytes = 0;

        for (size_t i = 0; i < job->kernel.arguments; i++) {
                if (argument_is_output(&job->kernel.argument[i]))
                        bytes += job->kernel.argument[i].size;
        }
        return bytes;
}

bool listing_print(const struct jobfolder *jobs)
{
        bool good = jobs->count > 0;

        for (size_t i = 0; i < jobs->count; i++) {
                const struct job *job = &jobs->job[i];

                if (job->error[0]) {
                        printf("%s: %s\n", job->name, job->error);
                        good = false;
                        continue;
                }
                printf("%s: %s on ", job->name, job_type_name(job->type));
                print_devices(job);
                printf(", at most %.10g s, %llu bytes of out files", (double)job->timeout_ms / 1e3,
                        declared_bytes(job));
                printf("%s%s\n", job->description ? ": " : "",
                        job->description ? job->description : "");
        }
        if (jobs->count == 0)
                printf("no jobs\n");
        return good;
}
