#include "jobs/jobfile.h"

#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/jobkeys.h"
#include "lib/text.h"
#include "lib/utf8.h"

/* The text on its way into inih, line by line. */
struct source {
        const char *at, *end;
        struct jobkeys keys;
        struct sweep_lines problems; /* of [Sweep]; `section` is what is wrong */
};

/* What inih would let pass or would read in a way that nobody expects. */
static const char *line_complaint(const char *line, size_t length)
{
        const char *equals = memchr(line, '=', length), *colon = memchr(line, ':', length);

        if (length > JOBFILE_MAX_LINE)
                return "the line is longer than 4096 bytes";
        if (memchr(line, '\0', length))
                return "the line has a NUL byte";
        if (utf8_valid(line, length) != length)
                return "the line is not UTF-8";
        for (size_t i = 0; i < length; i++) {
                if (((unsigned char)line[i] < 0x20 && line[i] != '\t') || line[i] == 0x7f)
                        return "the line has a control character";
        }
        if (length == 0 || line[0] == '#' || line[0] == ';')
                return NULL;
        if (line[0] == '[')
                return line[length - 1] == ']' ? NULL : "a section is written [Name]";
        if (!equals || equals == line)
                return "neither Key=value, nor [Section], nor a comment";
        if (colon && colon < equals)
                return "a ':' stands before the '='";
        return NULL;
}

/* Cuts the next line off the text, without blanks around it. */
static const char *next_line(struct source *source, size_t *ret_length)
{
        const char *line = source->at;
        const char *end = memchr(line, '\n', (size_t)(source->end - line));

        source->at = end ? end + 1 : source->end;
        source->keys.job->line++;
        if (!end)
                end = source->end;
        while (end > line && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
                end--;
        while (line < end && (*line == ' ' || *line == '\t'))
                line++;
        *ret_length = (size_t)(end - line);
        return line;
}

/* A sweep's lines are read again for each of its points. */
static void keep_line(
        struct source *source, const char *section, const char *key, const char *value)
{
        struct job *job = source->keys.job;

        if (job->sweep && job->sweep->points > 0)
                lines_add(&job->sweep->lines, section, key, value, job->line);
}

/* inih's reader: as fgets. It passes over the lines that cannot be right. */
static char *read_line(char *buffer, int size, void *stream)
{
        struct source *source = stream;
        struct job *job = source->keys.job;
        const char *line, *complaint;
        size_t length;

        do {
                if (source->at == source->end || job->complaints.count == WORDS_MAX)
                        return NULL;
                line = next_line(source, &length);
                complaint = line_complaint(line, length);
                if (!complaint && length >= (size_t)size)
                        complaint = "the line is too long";
                if (complaint)
                        job_complain(job, "%s", complaint);
        } while (complaint);
        memcpy(buffer, line, length);
        buffer[length] = '\0';
        if (line[0] == '[' && length > 0) {
                jobkeys_section(&source->keys, buffer);
                keep_line(source, buffer, NULL, NULL);
        }
        return buffer;
}

static int handle(void *user, const char *section, const char *key, const char *value)
{
        struct source *source = user;

        keep_line(source, section, key, value);
        jobkeys_set(&source->keys, section, key, value);
        return 1; /* go on, whatever was wrong: all of it is to be told */
}

static void parse_text(struct source *source)
{
        /* Debian's inih is set up at run time. Lines are told apart by read_line alone. */
        ini_max_line = JOBFILE_MAX_LINE + 2;
        ini_allow_multiline = false;
        ini_allow_inline_comments = false;
        ini_stop_on_first_error = true;
        if (ini_parse_stream(read_line, source, handle, source) != 0)
                job_complain(source->keys.job, "cannot be read");
}

/* --- [Sweep] --- */

/* A part of a line, without the blanks around it. */
static void copy_part(char ret_text[JOBFILE_MAX_LINE + 1], const char *part, size_t length)
{
        part = text_trim(part, &length);
        memcpy(ret_text, part, length);
        ret_text[length] = '\0';
}

/* "name = values" */
static void take_sweep_line(
        struct source *source, const char *line, size_t length, const struct sweep_reader *reader)
{
        struct job *job = source->keys.job;
        char name[JOBFILE_MAX_LINE + 1], values[JOBFILE_MAX_LINE + 1], why[WHY_SIZE];
        size_t equals = (size_t)((const char *)memchr(line, '=', length) - line);

        copy_part(name, line, equals);
        copy_part(values, line + equals + 1, length - equals - 1);
        if (!sweep_add(job->sweep, name, values, job->line, reader, why))
                lines_add(&source->problems, why, NULL, NULL, job->line);
}

/*
 * Reads the lines of [Sweep] before all others, which may stand before it, and goes back to the
 * start. What is wrong with a line as such is said when it is read with all others.
 */
static void find_sweep(struct source *source, const struct sweep_reader *reader)
{
        static const char header[] = "[Sweep]";
        struct job *job = source->keys.job;
        const char *start = source->at, *line;
        unsigned section_line = 0;
        char why[WHY_SIZE];
        bool inside = false;
        size_t length;

        while (source->at < source->end) {
                line = next_line(source, &length);
                if (length == 0 || line[0] == '#' || line[0] == ';' || line_complaint(line, length))
                        continue;
                if (line[0] == '[')
                        inside = length == strlen(header) && memcmp(line, header, length) == 0;
                if (inside && section_line == 0) {
                        section_line = job->line;
                        job->sweep = calloc(1, sizeof(*job->sweep));
                        if (!job->sweep)
                                job_complain(job, "out of memory");
                }
                if (inside && line[0] != '[' && job->sweep)
                        take_sweep_line(source, line, length, reader);
        }
        if (job->sweep && source->problems.count == 0 && !sweep_count(job->sweep, why))
                lines_add(&source->problems, why, NULL, NULL, section_line);
        source->at = start;
        job->line = 0;
        source->keys.sweep = job->sweep;
        source->keys.sweep_problems = &source->problems;
}

bool jobfile_point(const struct job *sweep, uint32_t point, struct job *ret_job)
{
        const struct sweep_lines *lines = &sweep->sweep->lines;
        struct jobkeys keys = { .job = ret_job, .sweep = sweep->sweep };

        memset(ret_job, 0, sizeof(*ret_job));
        snprintf(ret_job->name, sizeof(ret_job->name), "%.*s@%u",
                (int)(JOB_MAX_NAME - 1 - SWEEP_MAX_DIGITS), sweep->name, (unsigned)point);
        ret_job->point = point;
        ret_job->point_of = sweep;
        jobkeys_defaults(ret_job);
        for (size_t i = 0; i < lines->count; i++) {
                const struct sweep_line *line = &lines->line[i];

                ret_job->line = line->line;
                if (line->name)
                        jobkeys_set(&keys, line->section, line->name, line->value);
                else
                        jobkeys_section(&keys, line->section);
        }
        jobkeys_finish(&keys);
        return !ret_job->error[0];
}

/* Every point is read once, so that nothing has to be said of them later. */
static void check_points(struct job *job)
{
        for (uint32_t point = 1; point <= job->sweep->points && !job->error[0]; point++) {
                char why[WHY_SIZE];
                struct job one;

                if (!jobfile_point(job, point, &one)) {
                        memcpy(job->error, one.error, sizeof(job->error));
                        for (size_t i = 0; i < one.complaints.count; i++)
                                words_add(&job->complaints, one.complaints.word[i], why);
                }
                job_clear(&one);
        }
}

/* What is broken is one job, of which no point is run. */
static void finish_sweep(struct job *job)
{
        job->line = 0;
        if (job->sweep && job->sweep->lines.lost)
                job_complain(job, "out of memory");
        if (job->sweep && !job->error[0])
                check_points(job);
        if (!job->error[0])
                return;
        sweep_free(job->sweep);
        job->sweep = NULL;
}

/* --- a file --- */

bool jobfile_parse_sweep(const char *name, const char *text, size_t length,
        const struct sweep_reader *reader, struct job *ret_job)
{
        static const char bom[] = "\xef\xbb\xbf";
        struct source source = { .at = text, .end = text + length, .keys = { .job = ret_job } };

        memset(ret_job, 0, sizeof(*ret_job));
        snprintf(ret_job->name, sizeof(ret_job->name), "%s", name);
        jobkeys_defaults(ret_job);
        if (length >= 3 && memcmp(text, bom, 3) == 0)
                source.at += 3;
        if (length > JOBFILE_MAX_BYTES)
                return job_complain(ret_job, "the file is larger than 1 MiB");
        find_sweep(&source, reader);
        parse_text(&source);
        jobkeys_finish(&source.keys);
        lines_clear(&source.problems);
        finish_sweep(ret_job);
        return !ret_job->error[0];
}

static bool has_no_files(
        void *context, const char *file, char **ret_text, size_t *ret_length, char *why)
{
        (void)context;
        (void)ret_text;
        (void)ret_length;
        return why_not(why, "'%s' cannot be read", file);
}

bool jobfile_parse(const char *name, const char *text, size_t length, struct job *ret_job)
{
        static const struct sweep_reader none = { has_no_files, NULL };

        return jobfile_parse_sweep(name, text, length, &none, ret_job);
}
