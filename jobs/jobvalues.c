#include "jobs/jobvalues.h"

#include <stdio.h>
#include <string.h>

#include "jobs/argument.h"
#include "jobs/executable.h"
#include "jobs/expect.h"
#include "lib/cleanup.h"
#include "lib/grow.h"
#include "lib/number.h"
#include "lib/path.h"
#include "lib/quantity.h"
#include "lib/text.h"

static void *member_of(struct job *job, const struct jobkey *key)
{
        return (char *)job + key->member;
}

bool jobvalue_add(struct job *job, struct words *words, const char *word)
{
        char why[WHY_SIZE];

        return words_add(words, word, why) || job_complain(job, "%s", why);
}

/* --- what several keys have --- */

bool jobvalue_string(struct job *job, const struct jobkey *key, const char *value)
{
        char **member = member_of(job, key);

        *member = strdup(value);
        return *member || job_complain(job, "out of memory");
}

bool jobvalue_path(struct job *job, const struct jobkey *key, const char *value)
{
        return job_takes_path(job, value) && jobvalue_string(job, key, value);
}

bool jobvalue_size(struct job *job, const struct jobkey *key, const char *value)
{
        uint64_t bytes, *member = member_of(job, key);

        if (!quantity_bytes(value, &bytes) || bytes < key->least || bytes > key->most)
                return job_complain(job, "%s=%s is not a size from %llu to %llu bytes", key->name,
                        value, (unsigned long long)key->least, (unsigned long long)key->most);
        *member = bytes;
        return true;
}

bool jobvalue_count(struct job *job, const struct jobkey *key, const char *value)
{
        uint64_t count, *member = member_of(job, key);

        if (!number_u64(value, &count) || count < key->least || count > key->most)
                return job_complain(job, "%s=%s is not a number from %llu to %llu", key->name,
                        value, (unsigned long long)key->least, (unsigned long long)key->most);
        *member = count;
        return true;
}

/* --- [Job] --- */

bool jobvalue_type(struct job *job, const struct jobkey *key, const char *value)
{
        (void)key;
        for (enum job_type type = JOB_KERNEL; type <= JOB_CHECK; type++) {
                if (strcmp(job_type_name(type), value) == 0) {
                        job->type = type;
                        job->type_line = job->line;
                        return true;
                }
        }
        return job_complain(job, "Type=%s is not known: kernel, program or check", value);
}

bool jobvalue_device(struct job *job, const struct jobkey *key, const char *value)
{
        char why[WHY_SIZE];

        (void)key;
        if (strcmp(value, "all") == 0)
                return true;
        job->all_devices = false;
        return words_add_devices(&job->devices, value, why) || job_complain(job, "%s", why);
}

bool jobvalue_timeout(struct job *job, const struct jobkey *key, const char *value)
{
        uint64_t ms;

        (void)key;
        if (!quantity_ms(value, &ms))
                return job_complain(job, "'%s' is not a time: 500ms, 30s, 5min or 1h", value);
        if (ms == 0 || ms > JOB_MAX_MS)
                return job_complain(job, "Timeout=%s is not between 1ms and 24h", value);
        job->timeout_ms = ms;
        return true;
}

bool jobvalue_context(struct job *job, const struct jobkey *key, const char *value)
{
        (void)key;
        job->own_context = strcmp(value, "own") == 0;
        return job->own_context || strcmp(value, "shared") == 0 ||
               job_complain(job, "Context=%s is not known: shared or own", value);
}

/* --- [Kernel] --- */

/* "x", "x,y" or "x,y,z", each from 1 to its limit. */
static bool take_triple(struct job *job, const struct jobkey *key, const char *value,
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
                        return job_complain(job, "%s=%s is not one to three numbers with commas",
                                key->name, value);
                if (number == 0 || number > limit[i])
                        return job_complain(job, "%s=%s: the %c part is not between 1 and %u",
                                key->name, value, "xyz"[i], limit[i]);
                triple[i] = (uint32_t)number;
                at += length;
                if (!*at)
                        break;
                at++;
                if (i == 2)
                        return job_complain(
                                job, "%s=%s has more than three parts", key->name, value);
        }
        memcpy(ret_triple, triple, sizeof(triple));
        return true;
}

/* The limits of every CUDA device of today (CUDA programming guide, compute capabilities). */
bool jobvalue_grid(struct job *job, const struct jobkey *key, const char *value)
{
        static const uint32_t limit[3] = { 2147483647, 65535, 65535 };

        return take_triple(job, key, value, limit, job->kernel.grid);
}

bool jobvalue_block(struct job *job, const struct jobkey *key, const char *value)
{
        static const uint32_t limit[3] = { 1024, 1024, 64 };
        uint32_t *block = job->kernel.block;

        if (!take_triple(job, key, value, limit, block))
                return false;
        return block[0] * block[1] * block[2] <= 1024 ||
               job_complain(job, "Block=%s has %u threads; a block has at most 1024", value,
                       block[0] * block[1] * block[2]);
}

bool jobvalue_shared(struct job *job, const struct jobkey *key, const char *value)
{
        uint64_t bytes;

        (void)key;
        if (!quantity_bytes(value, &bytes) || bytes > 1024 * 1024)
                return job_complain(job, "SharedMemory=%s is not a size of at most 1M", value);
        job->kernel.shared_bytes = (uint32_t)bytes;
        return true;
}

static bool check_output_names(struct job *job, const struct argument *added)
{
        for (size_t i = 0; argument_is_output(added) && i < job->kernel.arguments; i++) {
                const struct argument *other = &job->kernel.argument[i];

                if (argument_is_output(other) && path_collides(other->file, added->file))
                        return job_complain(job, "the output '%s' is in the way of '%s' of line %u",
                                added->file, other->file, other->line);
        }
        return true;
}

bool jobvalue_argument(struct job *job, const struct jobkey *key, const char *value)
{
        struct argument argument, *grown;

        (void)key;
        if (job->kernel.arguments >= JOB_MAX_ARGUMENTS)
                return job_complain(job, "more than %u arguments", JOB_MAX_ARGUMENTS);
        if (!argument_parse(job, value, &argument))
                return false;
        grown = grow(job->kernel.argument, job->kernel.arguments, sizeof(*grown));
        if (grown)
                job->kernel.argument = grown;
        if (!grown || !check_output_names(job, &argument)) {
                free(argument.file);
                return job_complain(job, "out of memory");
        }
        job->kernel.argument[job->kernel.arguments++] = argument;
        return true;
}

/* --- [Program] --- */

/* "**" beside other characters of a part: every shell takes that for something else. */
static bool mixes_stars(const char *pattern)
{
        for (const char *at = pattern; (at = strstr(at, "**")); at += 2) {
                bool begins = at == pattern || at[-1] == '/';

                if (!begins || (at[2] != '/' && at[2] != '\0'))
                        return true;
        }
        return false;
}

bool jobvalue_collect(struct job *job, const struct jobkey *key, const char *value)
{
        const char *pattern = job_pattern(value);

        if (mixes_stars(pattern))
                return job_complain(job,
                        "%s=%s: '**' stands for folders, and must be all between two '/'",
                        key->name, value);
        return job_takes_path(job, pattern) && jobvalue_add(job, &job->program.collect, value);
}

bool jobvalue_exec(struct job *job, const struct jobkey *key, const char *value)
{
        struct words *exec = &job->program.exec;
        char advice[EXECUTABLE_ADVICE_SIZE];
        _cleanup_free_ char *copy = strdup(value);
        char *cursor = copy, *word;
        const char *path;
        bool open = false;

        (void)key;
        if (!copy)
                return job_complain(job, "out of memory");
        while ((word = text_next_word(&cursor, &open))) {
                if (open)
                        return job_complain(job, "a quote is not closed");
                if (!jobvalue_add(job, exec, word))
                        return false;
        }
        if (exec->count == 0)
                return job_complain(job, "Exec= is empty");
        if (!text_skip(exec->word[0], "./", &path))
                path = exec->word[0];
        if (*path == '/' && !path_complaint(path + 1))
                return true; /* of Root=, which may stand below: jobkeys_finish asks for it */
        executable_advice(exec->word, exec->count, advice);
        return !path_complaint(path) ||
               job_complain(job, "the path '%s' %s%s", exec->word[0], path_complaint(path), advice);
}

bool jobvalue_environment(struct job *job, const struct jobkey *key, const char *value)
{
        size_t name = strcspn(value, "=");

        (void)key;
        if (name == 0 || !value[name])
                return job_complain(job, "Environment=%s is not of the form NAME=value", value);
        return jobvalue_add(job, &job->program.environment, value);
}

bool jobvalue_data(struct job *job, const struct jobkey *key, const char *value)
{
        (void)key;
        for (size_t i = 0; i < job->program.data.count; i++)
                if (path_collides(job->program.data.word[i], value))
                        return job_complain(job, "Data=%s is in the way of Data=%s", value,
                                job->program.data.word[i]);
        return job_takes_path(job, value) && jobvalue_add(job, &job->program.data, value);
}

/* --- [Expect] --- */

bool jobvalue_expectation(struct job *job, const char *file, const char *value)
{
        const struct expectation *other = job_expectation_of(job, file);
        struct expectation expectation, *grown;

        if (job->expectations >= JOB_MAX_EXPECTATIONS)
                return job_complain(job, "more than %u expectations", JOB_MAX_EXPECTATIONS);
        if (other)
                return job_complain(job, "'%s' is expected on line %u already", file, other->line);
        if (!expectation_parse(job, file, value, &expectation))
                return false;
        grown = grow(job->expectation, job->expectations, sizeof(*grown));
        if (!grown) {
                free(expectation.file);
                free(expectation.reference);
                return job_complain(job, "out of memory");
        }
        job->expectation = grown;
        job->expectation[job->expectations++] = expectation;
        return true;
}
