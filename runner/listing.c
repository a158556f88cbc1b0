#include "runner/listing.h"

#include "jobs/argument.h"
#include "jobs/jobfile.h"
#include "runner/console/say.h"

#define MOST_POINTS  20u /* of a sweep, with a line each */
#define FIRST_POINTS 3u

/* "every GPU", or "GPU 0,1" */
static void format_devices(const struct job *job, char *text, size_t size)
{
        size_t used = (size_t)snprintf(text, size, "%s", job->all_devices ? "every GPU" : "");

        for (size_t i = 0; i < job->devices.count && used < size; i++)
                used += (size_t)snprintf(text + used, size - used, "%s%s",
                        i                        ? ", "
                        : job->devices.count > 1 ? "GPUs "
                                                 : "GPU ",
                        job->devices.word[i]);
}

/* What the outputs of a kernel will take; an input that is not there counts nothing. */
static unsigned long long output_bytes(const struct job *job, int folder)
{
        unsigned long long bytes = 0;

        for (size_t i = 0; i < job->kernel.arguments; i++) {
                const struct argument *argument = &job->kernel.argument[i];
                uint64_t size;

                if (argument_is_output(argument) && argument_bytes(argument, folder, &size) == 0)
                        bytes += size;
        }
        return bytes;
}

/* The same of all points together. */
static unsigned long long points_bytes(const struct job *job, int folder)
{
        unsigned long long bytes = 0;

        for (size_t i = 0; i < sweep_runs(job->sweep); i++) {
                struct job point;

                if (jobfile_point(job, sweep_run(job->sweep, i), &point))
                        bytes += output_bytes(&point, folder);
                job_clear(&point);
        }
        return bytes;
}

/* Which number is which point: all of few, the first and the last of many. */
static void print_points(const struct job *job)
{
        size_t runs = sweep_runs(job->sweep);
        char values[SWEEP_TEXT];

        for (size_t i = 0; i < runs; i++) {
                uint32_t point = sweep_run(job->sweep, i);

                if (runs > MOST_POINTS && i == FIRST_POINTS) {
                        say_line(stdout, "  ...");
                        i = runs - 2;
                        continue;
                }
                sweep_describe(job->sweep, point, values);
                say_line(stdout, "  %s@%u: %s", job->name, (unsigned)point, values);
        }
}

static void print_job(const struct job *job, int folder)
{
        char devices[SAY_MAX / 2], outputs[64] = "", points[48] = "";

        if (job->sweep)
                snprintf(points, sizeof(points), ", %zu point%s", sweep_runs(job->sweep),
                        sweep_runs(job->sweep) == 1 ? "" : "s");
        format_devices(job, devices, sizeof(devices));
        if (job->type == JOB_KERNEL)
                snprintf(outputs, sizeof(outputs), ", %llu bytes of outputs",
                        job->sweep ? points_bytes(job, folder) : output_bytes(job, folder));
        say_line(stdout, "%s: %s on %s, at most %.10g s%s%s%s%s", job->name,
                job_type_name(job->type), devices, (double)job->timeout_ms / 1e3, points, outputs,
                job->description ? ": " : "", job->description ? job->description : "");
        if (job->sweep)
                print_points(job);
}

void listing_print_others(FILE *to, const struct jobfolder *jobs)
{
        for (size_t i = 0; i < jobs->others; i++)
                say_line(to, "note: %s: %s", jobs->other[i].file, jobs->other[i].why);
}

bool listing_print(const struct jobfolder *jobs)
{
        bool good = jobs->count > 0;

        for (size_t i = 0; i < jobs->count; i++) {
                const struct job *job = &jobs->job[i];

                if (job->error[0]) {
                        say_line(stdout, "%s: %s", job->name, job->error);
                        good = false;
                } else {
                        print_job(job, jobs->fd);
                }
        }
        if (jobs->count == 0)
                printf("no jobs\n");
        listing_print_others(stdout, jobs);
        return good;
}
