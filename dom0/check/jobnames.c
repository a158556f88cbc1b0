#include "dom0/check/jobnames.h"

#include <string.h>

#include "dom0/base/print.h"
#include "jobs/folder.h"
#include "lib/cleanup.h"

struct search {
        const struct jobfolder *jobs;
        const struct joblist *list;
        const struct job *job;
        FILE *to;
        size_t missing;
};

/* `line` 0: not known. What is not there at all is the review's to say. */
static void check_file(struct search *search, unsigned line, const char *file)
{
        _cleanup_close_ int fd = -1;
        char place[32] = "";
        uint64_t bytes;

        if (!file || joblist_has(search->list, file))
                return;
        fd = folder_open(search->jobs->fd, file, &bytes);
        if (fd < 0)
                return;
        if (line > 0)
                snprintf(place, sizeof(place), ":%u", line);
        print_line(search->to,
                "  %s.conf%s: '%s' does not go along: names that start with a dot are left out, "
                "and upper and lower case are not the same",
                search->job->name, place, file);
        search->missing++;
}

static void check_kernel(struct search *search)
{
        const struct job *job = search->job;

        check_file(search, 0, job->kernel.module);
        for (size_t i = 0; i < job->kernel.arguments; i++) {
                const struct argument *argument = &job->kernel.argument[i];

                if (argument->kind == ARGUMENT_IN || argument->kind == ARGUMENT_INOUT)
                        check_file(search, argument->line, argument->file);
        }
}

static void check_program(struct search *search)
{
        const char *path = search->job->program.exec.word[0];

        check_file(search, 0, strncmp(path, "./", 2) == 0 ? path + 2 : path);
}

static void check_job(struct search *search)
{
        const struct job *job = search->job;

        if (job->complaints.count > 0)
                return;
        if (job->type == JOB_KERNEL)
                check_kernel(search);
        else if (job->type == JOB_PROGRAM)
                check_program(search);
        else
                check_file(search, 0, job->check.baseline);
        for (size_t i = 0; i < job->expectations; i++)
                check_file(search, job->expectation[i].line, job->expectation[i].reference);
}

size_t jobnames_complain(const struct jobfolder *jobs, const struct joblist *list, FILE *to)
{
        struct search search = { .jobs = jobs, .list = list, .to = to };

        for (size_t i = 0; i < jobs->count; i++) {
                search.job = &jobs->job[i];
                check_job(&search);
        }
        return search.missing;
}
