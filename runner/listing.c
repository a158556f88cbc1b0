#include "runner/listing.h"

#include <stdio.h>
#include <unistd.h>

#include "runner/argument.h"
#include "runner/folder.h"

static void print_devices(const struct job *job)
{
        if (job->all_devices)
                printf("every GPU");
        for (size_t i = 0; i < job->devices.count; i++)
                printf("%s%s", i ? "," : "GPU ", job->devices.word[i]);
}

/* What the outputs of a kernel will take; an input that is not there counts nothing. */
static unsigned long long output_bytes(const struct job *job, int folder)
{
        unsigned long long bytes = 0;

        for (size_t i = 0; i < job->kernel.arguments; i++) {
                const struct argument *argument = &job->kernel.argument[i];
                uint64_t size = argument->size;
                int fd;

                if (argument->kind == ARGUMENT_INOUT) {
                        fd = folder_open(folder, argument->file, &size);
                        if (fd >= 0)
                                close(fd);
                }
                if (argument_is_output(argument))
                        bytes += size;
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
                printf(", at most %.10g s", (double)job->timeout_ms / 1e3);
                if (job->type == JOB_KERNEL)
                        printf(", %llu bytes of outputs", output_bytes(job, jobs->fd));
                printf("%s%s\n", job->description ? ": " : "",
                        job->description ? job->description : "");
        }
        if (jobs->count == 0)
                printf("no jobs\n");
        return good;
}
