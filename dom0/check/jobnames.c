#include "dom0/check/jobnames.h"

#include <string.h>
#include <unistd.h>

#include "dom0/base/print.h"
#include "jobs/folder.h"

struct check {
        const struct jobfolder *jobs;
        const struct joblist *list;
        const struct job *job;
        FILE *to;
        size_t complaints;
};

/* `line` 0: not known. What is not there at all is the review's to say. */
static void check_file(struct check *check, unsigned line, const char *file)
{
        char place[32] = "";
        uint64_t bytes;
        int fd;

        if (!file || joblist_has(check->list, file))
                return;
        fd = folder_open(check->jobs->fd, file, &bytes);
        if (fd < 0)
                return;
        close(fd);
        if (line > 0)
                snprintf(place, sizeof(place), ":%u", line);
        print_line(check->to,
                "  %s.conf%s: '%s' does not go along: names that start with a dot are left out, "
                "and upper and lower case are not the same",
                check->job->name, place, file);
        check->complaints++;
}

static void check_kernel(struct check *check)
{
        const struct job *job = check->job;

        check_file(check, 0, job->kernel.module);
        for (size_t i = 0; i < job->kernel.arguments; i++) {
                const struct argument *argument = &job->kernel.argument[i];

                if (argument->kind == ARGUMENT_IN || argument->kind == ARGUMENT_INOUT)
                        check_file(check, argument->line, argument->file);
        }
}

static void check_program(struct check *check)
{
        const char *path = check->job->program.exec.word[0];

        check_file(check, 0, strncmp(path, "./", 2) == 0 ? path + 2 : path);
}

static void check_job(struct check *check)
{
        const struct job *job = check->job;

        if (job->complaints.count > 0)
                return;
        if (job->type == JOB_KERNEL)
                check_kernel(check);
        else if (job->type == JOB_PROGRAM)
                check_program(check);
        else
                check_file(check, 0, job->check.baseline);
        for (size_t i = 0; i < job->expectations; i++)
                check_file(check, job->expectation[i].line, job->expectation[i].reference);
}

size_t jobnames_complain(const struct jobfolder *jobs, const struct joblist *list, FILE *to)
{
        struct check check = { .jobs = jobs, .list = list, .to = to };

        for (size_t i = 0; i < jobs->count; i++) {
                check.job = &jobs->job[i];
                check_job(&check);
        }
        return check.complaints;
}
