#include "dom0/check/jobnames.h"

#include <string.h>

#include "dom0/trees/trees.h"
#include "jobs/folder.h"
#include "lib/cleanup.h"

/* `line` 0: not known. What is not there at all is the review's to say. */
static void check_file(
        struct review *review, const struct joblist *list, unsigned line, const char *file)
{
        _cleanup_close_ int fd = -1;
        uint64_t bytes;

        if (!file || joblist_has(list, file))
                return;
        if (trees_have(&list->trees, file)) {
                review_complain(review, line,
                        "'%s' is in a tree that goes into the store (Data=, Root=), which only "
                        "programs read: put the file elsewhere in the job folder",
                        file);
                return;
        }
        fd = folder_open(review->jobs->fd, file, &bytes);
        if (fd < 0)
                return;
        review_complain(review, line,
                "'%s' does not go along: names that start with a dot are left out, and upper and "
                "lower case are not the same",
                file);
}

static void check_kernel(struct review *review, const struct joblist *list)
{
        const struct job *job = review->job;

        check_file(review, list, job_line_of(job, "Module", 0), job->kernel.module);
        for (size_t i = 0; i < job->kernel.arguments; i++) {
                const struct argument *argument = &job->kernel.argument[i];

                if (argument->kind == ARGUMENT_IN || argument->kind == ARGUMENT_INOUT)
                        check_file(review, list, argument->line, argument->file);
        }
}

static void check_program(struct review *review, const struct joblist *list)
{
        const char *path = review->job->program.exec.word[0];

        if (*path == '/' || trees_have(&review->job->program.data, path))
                return;
        check_file(review, list, job_line_of(review->job, "Exec", 0),
                strncmp(path, "./", 2) == 0 ? path + 2 : path);
}

void jobnames_review(struct review *review, const struct joblist *list)
{
        const struct job *job = review->job;

        if (job->type == JOB_KERNEL)
                check_kernel(review, list);
        else if (job->type == JOB_PROGRAM)
                check_program(review, list);
        else
                check_file(review, list, job_line_of(job, "Baseline", 0), job->check.baseline);
        for (size_t i = 0; i < job->expectations; i++)
                check_file(review, list, job->expectation[i].line, job->expectation[i].reference);
        for (size_t i = 0; job->sweep && i < job->sweep->names; i++)
                check_file(review, list, job->sweep->name[i].line, job->sweep->name[i].file);
}
