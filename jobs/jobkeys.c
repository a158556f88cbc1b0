#include "jobs/jobkeys.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "jobs/argument.h"
#include "jobs/check_values.h"
#include "jobs/element.h"
#include "jobs/jobfile.h"
#include "jobs/jobvalues.h"

#define complain jobkeys_complain

enum section {
        SECTION_JOB,
        SECTION_KERNEL,
        SECTION_PROGRAM,
        SECTION_CHECK,
        SECTION_EXPECT,
        SECTION_LIMITS,
};
static const char *const sections[] = { "Job", "Kernel", "Program", "Check", "Expect", "Limits" };

#define SECTIONS (sizeof(sections) / sizeof(sections[0]))
_Static_assert(SECTIONS == sizeof(((struct jobkeys *)0)->section_line) / sizeof(unsigned),
        "every section needs its line");

bool jobkeys_complain(struct jobkeys *keys, const char *format, ...)
{
        char why[JOB_MAX_ERROR];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(why, sizeof(why), format, arguments);
        va_end(arguments);
        jobfile_complain(keys->job, keys->line, "%s", why);
        return false;
}

void jobkeys_defaults(struct job *job)
{
        job->all_devices = true;
        job->timeout_ms = JOB_DEFAULT_MS;
        job->repeat = 1;
        job->check.baseline_percent = CHECK_DEFAULT_PERCENT;
        job->limits = (struct limits){
                .processes = JOB_DEFAULT_PROCESSES,
                .keep_bytes = JOB_DEFAULT_KEEP,
                .output_bytes = JOB_DEFAULT_OUTPUT,
        };
        for (int i = 0; i < 3; i++)
                job->kernel.grid[i] = job->kernel.block[i] = 1;
}

enum key_rule {
        OPTIONAL,
        REQUIRED,   /* when the section is the one of the job's type */
        REPEATABLE, /* and optional */
};

static const struct key {
        enum section section;
        const char *name;
        enum key_rule rule;
        bool (*set)(struct jobkeys *keys, const char *value);
} key_table[] = {
        { SECTION_JOB, "Type", REQUIRED, jobvalue_set_type },
        { SECTION_JOB, "Description", OPTIONAL, jobvalue_set_description },
        { SECTION_JOB, "Device", OPTIONAL, jobvalue_set_device },
        { SECTION_JOB, "Timeout", OPTIONAL, jobvalue_set_timeout },
        { SECTION_JOB, "Repeat", OPTIONAL, jobvalue_set_repeat },
        { SECTION_KERNEL, "Module", REQUIRED, jobvalue_set_module },
        { SECTION_KERNEL, "Function", REQUIRED, jobvalue_set_function },
        { SECTION_KERNEL, "Grid", REQUIRED, jobvalue_set_grid },
        { SECTION_KERNEL, "Block", REQUIRED, jobvalue_set_block },
        { SECTION_KERNEL, "SharedMemory", OPTIONAL, jobvalue_set_shared },
        { SECTION_KERNEL, "Argument", REPEATABLE, jobvalue_add_argument },
        { SECTION_PROGRAM, "Exec", REQUIRED, jobvalue_set_exec },
        { SECTION_PROGRAM, "Collect", REPEATABLE, jobvalue_add_collect },
        { SECTION_PROGRAM, "Environment", REPEATABLE, jobvalue_add_environment },
        { SECTION_CHECK, "Level", OPTIONAL, check_value_set_level },
        { SECTION_CHECK, "Tests", OPTIONAL, check_value_set_tests },
        { SECTION_CHECK, "Duration", OPTIONAL, check_value_set_duration },
        { SECTION_CHECK, "Require", REPEATABLE, check_value_add_require },
        { SECTION_CHECK, "Expect-Devices", OPTIONAL, check_value_set_devices },
        { SECTION_CHECK, "Baseline", OPTIONAL, check_value_set_baseline },
        { SECTION_CHECK, "Baseline-Tolerance", OPTIONAL, check_value_set_tolerance },
        { SECTION_LIMITS, "Memory", OPTIONAL, jobvalue_set_memory },
        { SECTION_LIMITS, "Processes", OPTIONAL, jobvalue_set_processes },
        { SECTION_LIMITS, "OpenFiles", OPTIONAL, jobvalue_set_open_files },
        { SECTION_LIMITS, "KeepOutput", OPTIONAL, jobvalue_set_keep },
        { SECTION_LIMITS, "Output", OPTIONAL, jobvalue_set_output },
};

#define KEYS (sizeof(key_table) / sizeof(key_table[0]))
_Static_assert(KEYS <= JOBKEYS_MAX, "every key needs its line");

void jobkeys_section(struct jobkeys *keys, unsigned line, const char *header)
{
        size_t length = strlen(header) - 2;

        keys->line = line;
        for (size_t i = 0; i < SECTIONS; i++) {
                if (strlen(sections[i]) != length || strncmp(sections[i], header + 1, length) != 0)
                        continue;
                if (keys->section_line[i] == 0)
                        keys->section_line[i] = line;
                return;
        }
        complain(keys, "the section %s is not known", header);
}

static bool is_section(const char *name)
{
        for (size_t i = 0; i < SECTIONS; i++) {
                if (strcmp(sections[i], name) == 0)
                        return true;
        }
        return false;
}

bool jobkeys_set(struct jobkeys *keys, unsigned line, const char *section, const char *key,
        const char *value)
{
        keys->line = line;
        if (!section[0])
                return complain(keys, "%s= stands before the first section", key);
        if (strcmp(section, sections[SECTION_EXPECT]) == 0)
                return jobvalue_add_expectation(keys, key, value);
        for (size_t i = 0; i < KEYS; i++) {
                if (strcmp(sections[key_table[i].section], section) != 0 ||
                        strcmp(key_table[i].name, key) != 0)
                        continue;
                if (keys->key_line[i] && key_table[i].rule != REPEATABLE)
                        return complain(
                                keys, "%s= stands on line %u already", key, keys->key_line[i]);
                if (!keys->key_line[i])
                        keys->key_line[i] = line;
                if (!value[0])
                        return complain(keys, "%s= is empty", key);
                return key_table[i].set(keys, value);
        }
        /* An unknown section has been named already. */
        return is_section(section) &&
               complain(keys, "the key %s= is not known in [%s]", key, section);
}

static enum section section_of_type(enum job_type type)
{
        return type == JOB_KERNEL    ? SECTION_KERNEL
               : type == JOB_PROGRAM ? SECTION_PROGRAM
                                     : SECTION_CHECK;
}

/* The sections of the other types may not be there. */
static void check_sections(struct jobkeys *keys)
{
        enum section own = section_of_type(keys->job->type);

        for (enum section i = SECTION_KERNEL; i <= SECTION_CHECK; i++) {
                if (i == own || !keys->section_line[i])
                        continue;
                keys->line = keys->section_line[i];
                complain(keys, "[%s] does not go with Type=%s", sections[i],
                        job_type_name(keys->job->type));
        }
        if (keys->job->type == JOB_CHECK && keys->section_line[SECTION_EXPECT]) {
                keys->line = keys->section_line[SECTION_EXPECT];
                complain(keys, "[Expect] does not go with Type=check");
        }
}

static void check_required(struct jobkeys *keys, enum section section)
{
        for (size_t i = 0; i < KEYS; i++) {
                if (key_table[i].section == section && key_table[i].rule == REQUIRED &&
                        !keys->key_line[i])
                        complain(keys, "[%s] has no %s=", sections[section], key_table[i].name);
        }
}

static const struct argument *output_named(const struct job *job, const char *file)
{
        for (size_t i = 0; i < job->kernel.arguments; i++) {
                const struct argument *argument = &job->kernel.argument[i];

                if (argument_is_output(argument) && strcmp(argument->file, file) == 0)
                        return argument;
        }
        return NULL;
}

static void check_expectation(struct jobkeys *keys, const struct expectation *expectation)
{
        const struct argument *output = output_named(keys->job, expectation->file);

        keys->line = expectation->line;
        if (!output)
                complain(keys, "'%s' is not an output of this job: no Argument=out or inout has it",
                        expectation->file);
        else if (expectation->kind == EXPECT_LIKE && output->kind == ARGUMENT_OUT &&
                 output->size % element_bytes(expectation->type) != 0)
                complain(keys, "'%s' has %llu bytes, which is no whole number of %s elements",
                        expectation->file, (unsigned long long)output->size,
                        element_name(expectation->type));
}

/* A kernel job that compares nothing can never pass, so it is refused before it runs. */
static void check_kernel(struct jobkeys *keys)
{
        uint64_t total = 0;

        for (size_t i = 0; i < keys->job->kernel.arguments; i++) {
                const struct argument *argument = &keys->job->kernel.argument[i];

                keys->line = argument->line;
                if (__builtin_add_overflow(total, argument->size, &total) || total > INT64_MAX)
                        complain(keys, "the buffers are too large together");
        }
        for (size_t i = 0; i < keys->job->expectations; i++)
                check_expectation(keys, &keys->job->expectation[i]);
        keys->line = 0;
        if (keys->job->expectations == 0)
                complain(keys, "no expectation: nothing was compared");
}

static bool has_key(const struct jobkeys *keys, const char *name)
{
        for (size_t i = 0; i < KEYS; i++) {
                if (strcmp(key_table[i].name, name) == 0 && keys->key_line[i])
                        return true;
        }
        return false;
}

void jobkeys_finish(struct jobkeys *keys)
{
        const struct job *job = keys->job;

        keys->line = 0;
        check_required(keys, SECTION_JOB);
        if (job->type == JOB_UNKNOWN)
                return;
        check_sections(keys);
        keys->line = 0;
        check_required(keys, section_of_type(job->type));
        if (job->type == JOB_CHECK && has_key(keys, "Level") == has_key(keys, "Tests"))
                complain(keys, "[Check] needs either Level= or Tests=");
        if (job->type == JOB_CHECK)
                check_values_finish(keys, has_key(keys, "Timeout"));
        if (job->type == JOB_KERNEL && !job->error[0])
                check_kernel(keys);
}
