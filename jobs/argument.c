#include "jobs/argument.h"

#include <string.h>

#include "jobs/folder.h"
#include "lib/cleanup.h"
#include "lib/number.h"
#include "lib/path.h"
#include "lib/quantity.h"
#include "lib/text.h"

#define MAX_PARTS 4

/* Each writes a value of `bytes` bytes: its lowest ones, for x86-64 is little endian. */
typedef bool value_reader(const char *text, size_t bytes, unsigned char *ret_value);

static bool read_signed(const char *text, size_t bytes, unsigned char *ret_value)
{
        int64_t value;

        if (!number_i64(text, &value) || (bytes == 4 && (value < INT32_MIN || value > INT32_MAX)))
                return false;
        memcpy(ret_value, &value, bytes);
        return true;
}

static bool read_unsigned(const char *text, size_t bytes, unsigned char *ret_value)
{
        uint64_t value;

        if (!number_u64(text, &value) || (bytes == 4 && value > UINT32_MAX))
                return false;
        memcpy(ret_value, &value, bytes);
        return true;
}

static bool read_real(const char *text, size_t bytes, unsigned char *ret_value)
{
        double wide = 0;
        float narrow = 0;
        bool good = bytes == sizeof(narrow) ? number_f32(text, &narrow) : number_f64(text, &wide);

        if (good)
                memcpy(ret_value, bytes == sizeof(narrow) ? (void *)&narrow : &wide, bytes);
        return good;
}

/* What may stand in an Argument=; `form` is for the complaint. */
static const struct form {
        const char *word, *form;
        int parts; /* words in all */
        enum argument_kind kind;
        value_reader *read;
        uint64_t size;
} forms[] = {
        { "in", "in FILE", 2, ARGUMENT_IN, NULL, 0 },
        { "out", "out FILE SIZE", 3, ARGUMENT_OUT, NULL, 0 },
        { "inout", "inout FILE", 2, ARGUMENT_INOUT, NULL, 0 },
        { "scratch", "scratch SIZE", 2, ARGUMENT_SCRATCH, NULL, 0 },
        { "i32", "i32 NUMBER", 2, ARGUMENT_VALUE, read_signed, 4 },
        { "u32", "u32 NUMBER", 2, ARGUMENT_VALUE, read_unsigned, 4 },
        { "i64", "i64 NUMBER", 2, ARGUMENT_VALUE, read_signed, 8 },
        { "u64", "u64 NUMBER", 2, ARGUMENT_VALUE, read_unsigned, 8 },
        { "f32", "f32 NUMBER", 2, ARGUMENT_VALUE, read_real, 4 },
        { "f64", "f64 NUMBER", 2, ARGUMENT_VALUE, read_real, 8 },
};

static const struct form *form_of(const char *word)
{
        for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
                if (strcmp(forms[i].word, word) == 0)
                        return &forms[i];
        }
        return NULL;
}

bool argument_is_output(const struct argument *argument)
{
        return argument->kind == ARGUMENT_OUT || argument->kind == ARGUMENT_INOUT;
}

int argument_bytes(const struct argument *argument, int dirfd, uint64_t *ret_bytes)
{
        bool is_file = argument->kind == ARGUMENT_IN || argument->kind == ARGUMENT_INOUT;
        _cleanup_close_ int fd = is_file ? folder_open(dirfd, argument->file, ret_bytes) : -1;

        if (!is_file)
                *ret_bytes = argument->kind == ARGUMENT_VALUE ? 0 : argument->size;
        return is_file && fd < 0 ? fd : 0;
}

static bool set_file(struct job *job, const char *path, struct argument *argument)
{
        if (!job_takes_path(job, path))
                return false;
        if (argument_is_output(argument) &&
                (path_collides(path, "stdout") || path_collides(path, "stderr")))
                return job_complain(job, "'%s' is kept for the job's own stdout and stderr", path);
        argument->file = strdup(path);
        return argument->file || job_complain(job, "out of memory");
}

static bool set_size(struct job *job, const char *text, struct argument *argument)
{
        if (!quantity_bytes(text, &argument->size) || argument->size > INT64_MAX)
                return job_complain(
                        job, "'%s' is not a size: bytes, or a number with K, M, G or T", text);
        return argument->size > 0 || job_complain(job, "a buffer of 0 bytes holds nothing");
}

/* `parts` are as many as the form says. */
static bool fill(struct job *job, const struct form *form, char **parts, struct argument *argument)
{
        argument->is_real = form->read == read_real;
        if (form->kind == ARGUMENT_VALUE)
                return form->read(parts[1], form->size, argument->value) ||
                       job_complain(job, "'%s' is not a number of type %s, or out of its range",
                               parts[1], form->word);
        if (form->kind == ARGUMENT_SCRATCH)
                return set_size(job, parts[1], argument);
        if (form->kind == ARGUMENT_OUT && !set_size(job, parts[2], argument))
                return false;
        return set_file(job, parts[1], argument);
}

bool argument_parse(struct job *job, const char *text, struct argument *ret_argument)
{
        _cleanup_free_ char *copy = strdup(text);
        char *parts[MAX_PARTS];
        int count = copy ? text_split(copy, parts, MAX_PARTS) : 0;
        const struct form *form = count > 0 ? form_of(parts[0]) : NULL;
        struct argument argument;

        if (!copy)
                return job_complain(job, "out of memory");
        if (count < 0)
                return job_complain(job, "a quote is not closed");
        if (!form)
                return job_complain(job,
                        "'%s' is not an argument: it starts with in, out, inout, "
                        "scratch, i32, u32, i64, u64, f32 or f64",
                        text);
        if (count != form->parts)
                return job_complain(job, "'%s' is not of the form '%s'", text, form->form);
        argument = (struct argument){ .kind = form->kind, .line = job->line, .size = form->size };
        if (!fill(job, form, parts, &argument))
                return false;
        *ret_argument = argument;
        return true;
}
