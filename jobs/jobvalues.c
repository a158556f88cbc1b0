#include "jobs/jobvalues.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/argument.h"
#include "jobs/expect.h"
#include "jobs/jobfile.h"
#include "lib/number.h"
#include "lib/path.h"
#include "lib/text.h"

#define complain jobkeys_complain

static bool keep_string(struct jobkeys *keys, char **member, const char *value)
{
        *member = strdup(value);
        return *member ? true : complain(keys, "out of memory");
}

static bool keep_path(struct jobkeys *keys, char **member, const char *value)
{
        const char *complaint = path_complaint(value);

        if (complaint)
                return complain(keys, "the path '%s' %s", value, complaint);
        return keep_string(keys, member, value);
}

static bool keep_word(struct jobkeys *keys, struct words *words, const char *word)
{
        char why[WHY_SIZE];

        return words_add(words, word, why) ? true : complain(keys, "%s", why);
}

/* --- [Job] --- */

bool jobvalue_set_type(struct jobkeys *keys, const char *value)
{
        for (enum job_type type = JOB_KERNEL; type <= JOB_CHECK; type++) {
                if (strcmp(job_type_name(type), value) == 0) {
                        keys->job->type = type;
                        keys->job->type_line = keys->line;
                        return true;
                }
        }
        return complain(keys, "Type=%s is not known: kernel, program or check", value);
}

bool jobvalue_set_description(struct jobkeys *keys, const char *value)
{
        return keep_string(keys, &keys->job->description, value);
}

bool jobvalue_set_device(struct jobkeys *keys, const char *value)
{
        char why[WHY_SIZE];

        if (strcmp(value, "all") == 0)
                return true;
        keys->job->all_devices = false;
        return words_add_devices(&keys->job->devices, value, why) ? true
                                                                  : complain(keys, "%s", why);
}

bool jobvalue_set_timeout(struct jobkeys *keys, const char *value)
{
        uint64_t ms;

        if (!number_duration_ms(value, &ms))
                return complain(keys, "'%s' is not a time: 500ms, 30s, 5min or 1h", value);
        if (ms == 0 || ms > JOB_MAX_MS)
                return complain(keys, "Timeout=%s is not between 1ms and 24h", value);
        keys->job->timeout_ms = ms;
        return true;
}

bool jobvalue_set_repeat(struct jobkeys *keys, const char *value)
{
        uint64_t repeat;

        if (!number_u64(value, &repeat) || repeat == 0 || repeat > JOB_MAX_REPEAT)
                return complain(keys, "Repeat=%s is not a number from 1 to 1000000", value);
        keys->job->repeat = (uint32_t)repeat;
        return true;
}

/* --- [Kernel] --- */

bool jobvalue_set_module(struct jobkeys *keys, const char *value)
{
        return keep_path(keys, &keys->job->kernel.module, value);
}

bool jobvalue_set_function(struct jobkeys *keys, const char *value)
{
        return keep_string(keys, &keys->job->kernel.function, value);
}

/* "x", "x,y" or "x,y,z", each from 1 to its limit. */
static bool set_triple(struct jobkeys *keys, const char *key, const char *value,
        const uint32_t limit[3], uint32_t ret_triple[3])
{
        uint32_t triple[3] = { 1, 1, 1 };
        const char *at = value;
        uint64_t number;
        char part[24];

        for (int i = 0; i < 3; i++) {
                size_t length = strcspn(at, ",");

                snprintf(part, sizeof(part), "%.*s", (int)length, at);
                if (length >= sizeof(part) || !number_u64(part, &number))
                        return complain(
                                keys, "%s=%s is not one to three numbers with commas", key, value);
                if (number == 0 || number > limit[i])
                        return complain(keys, "%s=%s: the %c part is not between 1 and %u", key,
                                value, "xyz"[i], limit[i]);
                triple[i] = (uint32_t)number;
                at += length;
                if (!*at)
                        break;
                at++;
                if (i == 2)
                        return complain(keys, "%s=%s has more than three parts", key, value);
        }
        memcpy(ret_triple, triple, sizeof(triple));
        return true;
}

/* The limits of every CUDA device of today (CUDA programming guide, compute capabilities). */
bool jobvalue_set_grid(struct jobkeys *keys, const char *value)
{
        static const uint32_t limit[3] = { 2147483647, 65535, 65535 };

        return set_triple(keys, "Grid", value, limit, keys->job->kernel.grid);
}

bool jobvalue_set_block(struct jobkeys *keys, const char *value)
{
        static const uint32_t limit[3] = { 1024, 1024, 64 };
        uint32_t *block = keys->job->kernel.block;

        if (!set_triple(keys, "Block", value, limit, block))
                return false;
        if (block[0] * block[1] * block[2] > 1024)
                return complain(keys, "Block=%s has %u threads; a block has at most 1024", value,
                        block[0] * block[1] * block[2]);
        return true;
}

bool jobvalue_set_shared(struct jobkeys *keys, const char *value)
{
        uint64_t bytes;

        if (!number_size(value, &bytes) || bytes > 1024 * 1024)
                return complain(keys, "SharedMemory=%s is not a size of at most 1M", value);
        keys->job->kernel.shared_bytes = (uint32_t)bytes;
        return true;
}

static bool check_output_names(struct jobkeys *keys, const struct argument *added)
{
        const struct job *job = keys->job;

        for (size_t i = 0; argument_is_output(added) && i < job->kernel.arguments; i++) {
                const struct argument *other = &job->kernel.argument[i];

                if (argument_is_output(other) && path_collides(other->file, added->file))
                        return complain(keys, "the output '%s' is in the way of '%s' of line %u",
                                added->file, other->file, other->line);
        }
        return true;
}

bool jobvalue_add_argument(struct jobkeys *keys, const char *value)
{
        struct job *job = keys->job;
        struct argument argument, *grown;
        char why[WHY_SIZE];

        if (job->kernel.arguments >= JOB_MAX_ARGUMENTS)
                return complain(keys, "more than %u arguments", JOB_MAX_ARGUMENTS);
        if (!argument_parse(value, &argument, why))
                return complain(keys, "%s", why);
        argument.line = keys->line;
        grown = realloc(job->kernel.argument, (job->kernel.arguments + 1) * sizeof(*grown));
        if (grown)
                job->kernel.argument = grown;
        if (!grown || !check_output_names(keys, &argument)) {
                free(argument.file);
                return complain(keys, "out of memory");
        }
        job->kernel.argument[job->kernel.arguments++] = argument;
        return true;
}

/* --- [Program] --- */

bool jobvalue_set_exec(struct jobkeys *keys, const char *value)
{
        struct words *exec = &keys->job->program.exec;
        char *copy = strdup(value), *cursor = copy, *word;
        const char *path, *complaint;
        bool good = copy != NULL, open = false;

        while (good && (word = text_next_word(&cursor, &open)))
                good = open ? complain(keys, "a quote is not closed") : keep_word(keys, exec, word);
        free(copy);
        if (!good)
                return complain(keys, "out of memory");
        if (exec->count == 0)
                return complain(keys, "Exec= is empty");
        if (!text_skip(exec->word[0], "./", &path))
                path = exec->word[0];
        complaint = path_complaint(path);
        return complaint ? complain(keys, "the path '%s' %s", exec->word[0], complaint) : true;
}

bool jobvalue_add_collect(struct jobkeys *keys, const char *value)
{
        const char *complaint = path_complaint(value);

        if (complaint)
                return complain(keys, "the path '%s' %s", value, complaint);
        return keep_word(keys, &keys->job->program.collect, value);
}

bool jobvalue_add_environment(struct jobkeys *keys, const char *value)
{
        size_t name = strcspn(value, "=");

        if (name == 0 || !value[name])
                return complain(keys, "Environment=%s is not of the form NAME=value", value);
        return keep_word(keys, &keys->job->program.environment, value);
}

/* --- [Limits] --- */

static bool set_size(struct jobkeys *keys, const char *key, const char *value, uint64_t least,
        uint64_t most, uint64_t *member)
{
        uint64_t bytes;

        if (!number_size(value, &bytes) || bytes < least || bytes > most)
                return complain(keys, "%s=%s is not a size from %llu to %llu bytes", key, value,
                        (unsigned long long)least, (unsigned long long)most);
        *member = bytes;
        return true;
}

static bool set_count(
        struct jobkeys *keys, const char *key, const char *value, uint64_t least, uint64_t *member)
{
        uint64_t count;

        if (!number_u64(value, &count) || count < least || count > 1000000)
                return complain(keys, "%s=%s is not a number from %llu to 1000000", key, value,
                        (unsigned long long)least);
        *member = count;
        return true;
}

bool jobvalue_set_memory(struct jobkeys *keys, const char *value)
{
        return set_size(keys, "Memory", value, 1 << 20, INT64_MAX, &keys->job->limits.memory_bytes);
}

bool jobvalue_set_processes(struct jobkeys *keys, const char *value)
{
        return set_count(keys, "Processes", value, 1, &keys->job->limits.processes);
}

/* Fewer than 16, and not even libcuda finds room for the GPU's device files. */
bool jobvalue_set_open_files(struct jobkeys *keys, const char *value)
{
        return set_count(keys, "OpenFiles", value, 16, &keys->job->limits.open_files);
}

bool jobvalue_set_keep(struct jobkeys *keys, const char *value)
{
        return set_size(
                keys, "KeepOutput", value, 0, UINT64_C(1) << 30, &keys->job->limits.keep_bytes);
}

bool jobvalue_set_output(struct jobkeys *keys, const char *value)
{
        return set_size(keys, "Output", value, 0, INT64_MAX, &keys->job->limits.output_bytes);
}

/* --- [Expect] --- */

bool jobvalue_add_expectation(struct jobkeys *keys, const char *file, const char *value)
{
        struct job *job = keys->job;
        struct expectation expectation, *grown;
        char why[WHY_SIZE];

        if (job->expectations >= JOB_MAX_EXPECTATIONS)
                return complain(keys, "more than %u expectations", JOB_MAX_EXPECTATIONS);
        for (size_t i = 0; i < job->expectations; i++) {
                if (strcmp(job->expectation[i].file, file) == 0)
                        return complain(keys, "'%s' is expected on line %u already", file,
                                job->expectation[i].line);
        }
        if (!expectation_parse(file, value, &expectation, why))
                return complain(keys, "%s", why);
        expectation.line = keys->line;
        grown = realloc(job->expectation, (job->expectations + 1) * sizeof(*grown));
        if (!grown) {
                free(expectation.file);
                free(expectation.reference);
                return complain(keys, "out of memory");
        }
        job->expectation = grown;
        job->expectation[job->expectations++] = expectation;
        return true;
}
