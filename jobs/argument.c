#include "jobs/argument.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/number.h"
#include "lib/path.h"
#include "lib/text.h"

#define MAX_PARTS 4

static bool value_i32(const char *text, unsigned char *ret_value)
{
        int64_t wide;
        int32_t value;

        if (!number_i64(text, &wide) || wide < INT32_MIN || wide > INT32_MAX)
                return false;
        value = (int32_t)wide;
        memcpy(ret_value, &value, sizeof(value));
        return true;
}

static bool value_u32(const char *text, unsigned char *ret_value)
{
        uint64_t wide;
        uint32_t value;

        if (!number_u64(text, &wide) || wide > UINT32_MAX)
                return false;
        value = (uint32_t)wide;
        memcpy(ret_value, &value, sizeof(value));
        return true;
}

static bool value_i64(const char *text, unsigned char *ret_value)
{
        int64_t value;

        if (!number_i64(text, &value))
                return false;
        memcpy(ret_value, &value, sizeof(value));
        return true;
}

static bool value_u64(const char *text, unsigned char *ret_value)
{
        uint64_t value;

        if (!number_u64(text, &value))
                return false;
        memcpy(ret_value, &value, sizeof(value));
        return true;
}

static bool value_f32(const char *text, unsigned char *ret_value)
{
        float value;

        if (!number_f32(text, &value))
                return false;
        memcpy(ret_value, &value, sizeof(value));
        return true;
}

static bool value_f64(const char *text, unsigned char *ret_value)
{
        double value;

        if (!number_f64(text, &value))
                return false;
        memcpy(ret_value, &value, sizeof(value));
        return true;
}

/* What may stand in an Argument=; `form` is for the complaint. */
static const struct form {
        const char *word, *form;
        int parts; /* words in all */
        enum argument_kind kind;
        bool (*value)(const char *text, unsigned char *ret_value);
        uint64_t size;
} forms[] = {
        { "in", "in FILE", 2, ARGUMENT_IN, NULL, 0 },
        { "out", "out FILE SIZE", 3, ARGUMENT_OUT, NULL, 0 },
        { "inout", "inout FILE", 2, ARGUMENT_INOUT, NULL, 0 },
        { "scratch", "scratch SIZE", 2, ARGUMENT_SCRATCH, NULL, 0 },
        { "i32", "i32 NUMBER", 2, ARGUMENT_VALUE, value_i32, 4 },
        { "u32", "u32 NUMBER", 2, ARGUMENT_VALUE, value_u32, 4 },
        { "i64", "i64 NUMBER", 2, ARGUMENT_VALUE, value_i64, 8 },
        { "u64", "u64 NUMBER", 2, ARGUMENT_VALUE, value_u64, 8 },
        { "f32", "f32 NUMBER", 2, ARGUMENT_VALUE, value_f32, 4 },
        { "f64", "f64 NUMBER", 2, ARGUMENT_VALUE, value_f64, 8 },
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

static bool set_file(const char *path, struct argument *argument, char *why)
{
        const char *complaint = path_complaint(path);

        if (complaint) {
                snprintf(why, WHY_SIZE, "the path '%s' %s", path, complaint);
                return false;
        }
        if (argument_is_output(argument) &&
                (path_collides(path, "stdout") || path_collides(path, "stderr"))) {
                snprintf(why, WHY_SIZE, "'%s' is kept for the job's own stdout and stderr", path);
                return false;
        }
        argument->file = strdup(path);
        if (!argument->file)
                snprintf(why, WHY_SIZE, "out of memory");
        return argument->file != NULL;
}

static bool set_size(const char *text, struct argument *argument, char *why)
{
        if (!number_size(text, &argument->size) || argument->size > INT64_MAX) {
                snprintf(why, WHY_SIZE, "'%s' is not a size: bytes, or a number with K, M, G or T",
                        text);
                return false;
        }
        if (argument->size == 0)
                snprintf(why, WHY_SIZE, "a buffer of 0 bytes holds nothing");
        return argument->size > 0;
}

/* `parts` are as many as the form says. */
static bool fill(const struct form *form, char **parts, struct argument *argument, char *why)
{
        if (form->kind == ARGUMENT_VALUE) {
                if (form->value(parts[1], argument->value))
                        return true;
                snprintf(why, WHY_SIZE, "'%s' is not a number of type %s, or out of its range",
                        parts[1], form->word);
                return false;
        }
        if (form->kind == ARGUMENT_SCRATCH)
                return set_size(parts[1], argument, why);
        if (form->kind == ARGUMENT_OUT && !set_size(parts[2], argument, why))
                return false;
        return set_file(parts[1], argument, why);
}

static bool split(char *copy, const char *text, struct argument *ret_argument, char *why)
{
        char *parts[MAX_PARTS] = { NULL }, *cursor = copy, *part;
        struct argument argument = { .kind = ARGUMENT_IN };
        const struct form *form;
        bool open = false;
        int count = 0;

        while (count < MAX_PARTS && (part = text_next_word(&cursor, &open)) && !open)
                parts[count++] = part;
        form = count > 0 ? form_of(parts[0]) : NULL;
        if (open)
                snprintf(why, WHY_SIZE, "a quote is not closed");
        else if (!form)
                snprintf(why, WHY_SIZE,
                        "'%s' is not an argument: it starts with in, out, inout, "
                        "scratch, i32, u32, i64, u64, f32 or f64",
                        text);
        else if (count != form->parts)
                snprintf(why, WHY_SIZE, "'%s' is not of the form '%s'", text, form->form);
        if (open || !form || count != form->parts)
                return false;
        argument.kind = form->kind;
        argument.size = form->size;
        if (!fill(form, parts, &argument, why)) {
                free(argument.file);
                return false;
        }
        *ret_argument = argument;
        return true;
}

bool argument_parse(const char *text, struct argument *ret_argument, char *why)
{
        char *copy = strdup(text);
        bool good = false;

        if (copy)
                good = split(copy, text, ret_argument, why);
        else
                snprintf(why, WHY_SIZE, "out of memory");
        free(copy);
        return good;
}
