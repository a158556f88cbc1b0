#include "dom0/check/review.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"

void review_note(json_t *list, const struct job *job, unsigned line, const char *format, ...)
{
        char text[JOB_MAX_ERROR], file[JOB_MAX_NAME + 8], values[SWEEP_TEXT];
        size_t length;
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        length = strlen(text);
        if (job->point > 0) {
                sweep_describe(job->point_of->sweep, job->point, values);
                snprintf(text + length, sizeof(text) - length, " (point %u: %s)",
                        (unsigned)job->point, values);
        }
        text_make_line(text);
        snprintf(file, sizeof(file), "%.*s.conf", job_stem(job), job->name);
        json_array_append_new(
                list, json_pack("{s:s, s:o, s:s}", "file", file, "line",
                              line > 0 ? json_integer(line) : json_null(), "message", text));
}

bool review_runs_on(const struct review *review, uint64_t gpu)
{
        const struct job *job = review->job;

        for (size_t i = 0; i < job->devices.count; i++)
                if (job->devices.word[i][0] != 'G' &&
                        strtoull(job->devices.word[i], NULL, 10) == gpu)
                        return true;
        return job->all_devices;
}

const char *review_conf(const struct target *target)
{
        return target->conf ? target->conf : "forestage.conf";
}
