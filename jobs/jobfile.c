#include "jobs/jobfile.h"

#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "jobs/jobkeys.h"
#include "lib/text.h"
#include "lib/utf8.h"

/* The text on its way into inih, line by line. */
struct source {
        const char *at, *end;
        struct jobkeys keys;
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
        if (line[0] == '[' && length > 0)
                jobkeys_section(&source->keys, buffer);
        return buffer;
}

static int handle(void *user, const char *section, const char *key, const char *value)
{
        struct source *source = user;

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

bool jobfile_parse(const char *name, const char *text, size_t length, struct job *ret_job)
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
        parse_text(&source);
        jobkeys_finish(&source.keys);
        return !ret_job->error[0];
}
