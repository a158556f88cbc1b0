#include "jobs/job.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/grow.h"
#include "lib/path.h"
#include "lib/text.h"

const char *job_type_name(enum job_type type)
{
        static const char *const names[] = { "unknown", "kernel", "program", "check" };

        return names[type];
}

/* " (point 3: n=0)" */
static void name_point(const struct job *job, char *ret_text, size_t size)
{
        char values[SWEEP_TEXT];

        sweep_describe(job->point_of->sweep, job->point, values);
        snprintf(ret_text, size, " (point %u: %s)", (unsigned)job->point, values);
}

bool job_complain(struct job *job, const char *format, ...)
{
        char where[JOB_MAX_NAME + 32], why[JOB_MAX_ERROR], text[sizeof(job->error)];
        char point[SWEEP_TEXT + 32] = "";
        va_list arguments;

        if (job->line > 0 && job->line == job->complaint_line)
                return false;
        job->complaint_line = job->line;
        snprintf(where, sizeof(where), job->line ? "%.*s.conf:%u" : "%.*s.conf", job_stem(job),
                job->name, job->line);
        if (job->point > 0)
                name_point(job, point, sizeof(point));
        va_start(arguments, format);
        vsnprintf(why, sizeof(why), format, arguments);
        va_end(arguments);
        snprintf(text, sizeof(text), "%s: %.*s%s", where,
                (int)(sizeof(text) - sizeof(where) - strlen(point) - 3), why, point);
        text_make_line(text); /* last: either cut may have gone through a character */
        if (!job->error[0])
                memcpy(job->error, text, sizeof(text));
        words_add(&job->complaints, text, why); /* what there is no room for is not missed */
        return false;
}

void job_excuse(struct job *job)
{
        job->error[0] = '\0';
        job->line = job->complaint_line = 0;
        words_clear(&job->complaints);
}

bool job_takes_path(struct job *job, const char *path)
{
        const char *complaint = path_complaint(path);

        return !complaint || job_complain(job, "the path '%s' %s", path, complaint);
}

void job_take_place(struct job *job, const char *key)
{
        struct job_place *grown = grow(job->place, job->places, sizeof(*grown));

        if (!grown)
                return;
        job->place = grown;
        job->place[job->places++] = (struct job_place){ key, job->line };
}

unsigned job_line_of(const struct job *job, const char *key, size_t earlier)
{
        for (size_t i = 0; i < job->places; i++)
                if (strcmp(job->place[i].key, key) == 0 && earlier-- == 0)
                        return job->place[i].line;
        return 0;
}

const struct expectation *job_expectation_of(const struct job *job, const char *file)
{
        for (size_t i = 0; i < job->expectations; i++) {
                if (strcmp(job->expectation[i].file, file) == 0)
                        return &job->expectation[i];
        }
        return NULL;
}

bool job_shares_context(const struct job *job)
{
        const struct limits *limits = &job->limits;

        return job->type == JOB_KERNEL && !job->own_context && limits->memory_bytes == 0 &&
               limits->processes == JOB_DEFAULT_PROCESSES && limits->open_files == 0;
}

void job_clear(struct job *job)
{
        words_clear(&job->complaints);
        free(job->place);
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
        free(job->check.baseline);
        free(job->program.root);
        free(job->program.checkpoint);
        free(job->expectation);
        words_clear(&job->devices);
        words_clear(&job->program.exec);
        words_clear(&job->program.collect);
        words_clear(&job->program.environment);
        words_clear(&job->program.data);
        words_clear(&job->check.tests);
        words_clear(&job->check.require);
        words_clear(&job->check.standing);
        sweep_free(job->sweep);
        memset(job, 0, sizeof(*job));
}
