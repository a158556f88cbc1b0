#include "jobs/jobkeys.h"

#include <string.h>

#include "jobs/argument.h"
#include "jobs/check_values.h"
#include "jobs/element.h"
#include "jobs/executable.h"
#include "jobs/jobvalues.h"
#include "lib/path.h"

enum section {
        SECTION_JOB,
        SECTION_KERNEL,
        SECTION_PROGRAM,
        SECTION_CHECK,
        SECTION_EXPECT,
        SECTION_LIMITS,
        SECTION_SWEEP,
};
static const char *const sections[] = { "Job", "Kernel", "Program", "Check", "Expect", "Limits",
        "Sweep" };

#define SECTIONS (sizeof(sections) / sizeof(sections[0]))
_Static_assert(SECTIONS == sizeof(((struct jobkeys *)0)->section_line) / sizeof(unsigned),
        "every section needs its line");

void jobkeys_defaults(struct job *job)
{
        job->all_devices = true;
        job->timeout_ms = JOB_DEFAULT_MS;
        job->repeat = 1;
        job->check.baseline_percent = job->check.peer_percent = CHECK_DEFAULT_PERCENT;
        job->limits = (struct limits){
                .processes = JOB_DEFAULT_PROCESSES,
                .keep_bytes = JOB_DEFAULT_KEEP,
                .output_bytes = JOB_DEFAULT_OUTPUT,
                .checkpoint_bytes = JOB_DEFAULT_CHECKPOINT,
        };
        for (int i = 0; i < 3; i++)
                job->kernel.grid[i] = job->kernel.block[i] = 1;
}

enum key_rule {
        OPTIONAL,
        REQUIRED,   /* when the section is the one of the job's type */
        REPEATABLE, /* and optional */
};

/* Each with the member of the job that it goes to, where its value does not know that by itself. */
static const struct jobkey key_table[] = {
#define OWN        0, 0, 0
#define TO(member) offsetof(struct job, member)
        { SECTION_JOB, REQUIRED, "Type", jobvalue_type, OWN },
        { SECTION_JOB, OPTIONAL, "Description", jobvalue_string, TO(description), 0, 0 },
        { SECTION_JOB, OPTIONAL, "Device", jobvalue_device, OWN },
        { SECTION_JOB, OPTIONAL, "Timeout", jobvalue_timeout, OWN },
        { SECTION_JOB, OPTIONAL, "Repeat", jobvalue_count, TO(repeat), 1, 1000000 },
        { SECTION_JOB, OPTIONAL, "Context", jobvalue_context, OWN },
        { SECTION_KERNEL, REQUIRED, "Module", jobvalue_path, TO(kernel.module), 0, 0 },
        { SECTION_KERNEL, REQUIRED, "Function", jobvalue_string, TO(kernel.function), 0, 0 },
        { SECTION_KERNEL, REQUIRED, "Grid", jobvalue_grid, OWN },
        { SECTION_KERNEL, REQUIRED, "Block", jobvalue_block, OWN },
        { SECTION_KERNEL, OPTIONAL, "SharedMemory", jobvalue_shared, OWN },
        { SECTION_KERNEL, REPEATABLE, "Argument", jobvalue_argument, OWN },
        { SECTION_PROGRAM, REQUIRED, "Exec", jobvalue_exec, OWN },
        { SECTION_PROGRAM, REPEATABLE, "Collect", jobvalue_collect, OWN },
        { SECTION_PROGRAM, REPEATABLE, "Environment", jobvalue_environment, OWN },
        { SECTION_PROGRAM, REPEATABLE, "Data", jobvalue_data, OWN },
        { SECTION_PROGRAM, OPTIONAL, "Root", jobvalue_path, TO(program.root), 0, 0 },
        { SECTION_PROGRAM, OPTIONAL, "Checkpoint", jobvalue_path, TO(program.checkpoint), 0, 0 },
        { SECTION_CHECK, OPTIONAL, "Level", check_value_level, OWN },
        { SECTION_CHECK, OPTIONAL, "Tests", check_value_tests, OWN },
        { SECTION_CHECK, OPTIONAL, "Duration", check_value_duration, OWN },
        { SECTION_CHECK, REPEATABLE, "Require", check_value_require, OWN },
        { SECTION_CHECK, REPEATABLE, "Standing", check_value_standing, OWN },
        { SECTION_CHECK, OPTIONAL, "Limits", check_value_limits, OWN },
        { SECTION_CHECK, OPTIONAL, "Expect-Devices", check_value_devices, OWN },
        { SECTION_CHECK, OPTIONAL, "Peer-Tolerance", check_value_peers, OWN },
        { SECTION_CHECK, OPTIONAL, "Baseline", jobvalue_path, TO(check.baseline), 0, 0 },
        { SECTION_CHECK, OPTIONAL, "Baseline-Tolerance", check_value_tolerance, OWN },
        { SECTION_LIMITS, OPTIONAL, "Memory", jobvalue_size, TO(limits.memory_bytes), 1 << 20,
                INT64_MAX },
        { SECTION_LIMITS, OPTIONAL, "Processes", jobvalue_count, TO(limits.processes), 1, 1000000 },
        /* Fewer than 16, and not even libcuda finds room for the GPU's device files. */
        { SECTION_LIMITS, OPTIONAL, "OpenFiles", jobvalue_count, TO(limits.open_files), 16,
                1000000 },
        { SECTION_LIMITS, OPTIONAL, "KeepOutput", jobvalue_size, TO(limits.keep_bytes), 0,
                1 << 30 },
        { SECTION_LIMITS, OPTIONAL, "Output", jobvalue_size, TO(limits.output_bytes), 0,
                INT64_MAX },
        { SECTION_LIMITS, OPTIONAL, "Checkpoint", jobvalue_size, TO(limits.checkpoint_bytes), 1,
                UINT64_C(1) << 40 },
#undef OWN
#undef TO
};

#define KEYS (sizeof(key_table) / sizeof(key_table[0]))
_Static_assert(KEYS <= JOBKEYS_MAX, "every key needs its line");

/* SECTIONS: there is none of that name. */
static size_t section_of(const char *name, size_t length)
{
        size_t i = 0;

        while (i < SECTIONS &&
                (strlen(sections[i]) != length || strncmp(sections[i], name, length)))
                i++;
        return i;
}

/* It was read before; what was wrong with it is said in its place. */
static bool set_sweep(struct jobkeys *keys)
{
        const struct sweep_lines *problems = keys->sweep_problems;

        for (size_t i = 0; problems && i < problems->count; i++)
                if (problems->line[i].line == keys->job->line)
                        return job_complain(keys->job, "%s", problems->line[i].section);
        return true;
}

void jobkeys_section(struct jobkeys *keys, const char *header)
{
        size_t section = section_of(header + 1, strlen(header) - 2);

        if (section == SECTIONS)
                job_complain(keys->job, "the section %s is not known", header);
        else if (keys->section_line[section] == 0)
                keys->section_line[section] = keys->job->line;
        if (section == SECTION_SWEEP)
                set_sweep(keys);
}

/* KEYS: there is none of that name. */
static size_t key_of(const char *section, const char *name)
{
        size_t i = 0;

        while (i < KEYS && (strcmp(key_table[i].name, name) != 0 ||
                                   strcmp(sections[key_table[i].section], section) != 0))
                i++;
        return i;
}

/* The key is there, whatever it says. */
static void note_key(struct jobkeys *keys, size_t i)
{
        if (i < KEYS && !keys->key_line[i])
                keys->key_line[i] = keys->job->line;
}

static bool set(struct jobkeys *keys, const char *section, const char *name, const char *value)
{
        const struct jobkey *key;
        struct job *job = keys->job;
        size_t i = key_of(section, name);

        if (strcmp(section, sections[SECTION_EXPECT]) == 0)
                return jobvalue_expectation(job, name, value);
        /* An unknown section has been named already. */
        if (i == KEYS)
                return section_of(section, strlen(section)) < SECTIONS &&
                       job_complain(job, "the key %s= is not known in [%s]", name, section);
        key = &key_table[i];
        if (keys->key_line[i] && key->rule != REPEATABLE)
                return job_complain(job, "%s= stands on line %u already", name, keys->key_line[i]);
        note_key(keys, i);
        job_take_place(job, key->name);
        if (!value[0])
                return job_complain(job, "%s= is empty", name);
        return key->take(job, key, value);
}

/* --- [Sweep] --- */

/* What all points have: trees are made ready for the file, not for each of them. */
static bool is_of_all(const char *section, const char *name)
{
        return (strcmp(section, sections[SECTION_KERNEL]) != 0 &&
                       strcmp(section, sections[SECTION_PROGRAM]) != 0) ||
               strcmp(name, "Data") == 0 || strcmp(name, "Root") == 0;
}

/* A line with a dollar in a file with a [Sweep]. */
static bool set_filled(
        struct jobkeys *keys, const char *section, const char *name, const char *value)
{
        bool expect = strcmp(section, sections[SECTION_EXPECT]) == 0;
        char filled[SWEEP_MAX_FILLED + 1], file[SWEEP_MAX_FILLED + 1], why[WHY_SIZE];
        struct job *job = keys->job;
        uint32_t point = job->point > 0 ? job->point : 1;

        if (!expect && is_of_all(section, name))
                return strstr(value, "${")
                               ? job_complain(job,
                                         "${...} can stand in [Kernel], [Program] and [Expect] "
                                         "only; this is the same for all points")
                               : set(keys, section, name, value);
        if (keys->sweep->points == 0) { /* nobody knows what it says */
                note_key(keys, key_of(section, name));
                return true;
        }
        if (!sweep_fill(keys->sweep, point, value, filled, sizeof(filled), keys->used, why) ||
                (expect && !sweep_fill(keys->sweep, point, name, file, sizeof(file), keys->used,
                                   why))) {
                note_key(keys, key_of(section, name));
                return job_complain(job, "%s", why);
        }
        return set(keys, section, expect ? file : name, filled);
}

bool jobkeys_set(struct jobkeys *keys, const char *section, const char *name, const char *value)
{
        if (!section[0])
                return job_complain(keys->job, "%s= stands before the first section", name);
        if (strcmp(section, sections[SECTION_SWEEP]) == 0)
                return set_sweep(keys);
        if (keys->sweep && (strchr(value, '$') || strchr(name, '$')))
                return set_filled(keys, section, name, value);
        return set(keys, section, name, value);
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
                keys->job->line = keys->section_line[i];
                job_complain(keys->job, "[%s] does not go with Type=%s", sections[i],
                        job_type_name(keys->job->type));
        }
        if (keys->job->type == JOB_CHECK && keys->section_line[SECTION_EXPECT]) {
                keys->job->line = keys->section_line[SECTION_EXPECT];
                job_complain(keys->job, "[Expect] does not go with Type=check");
        }
        if (keys->job->type == JOB_CHECK && keys->section_line[SECTION_SWEEP]) {
                keys->job->line = keys->section_line[SECTION_SWEEP];
                job_complain(keys->job, "[Sweep] does not go with Type=check");
        }
}

/* A value that goes nowhere makes points that are all the same: somebody has mistyped a name. */
static void check_sweep(struct jobkeys *keys)
{
        const struct sweep *sweep = keys->sweep;
        struct job *job = keys->job;

        for (size_t i = 0; job->point == 0 && sweep->points > 0 && i < sweep->names; i++) {
                job->line = sweep->name[i].line;
                if (!keys->used[i])
                        job_complain(job, "'%s' is not used: no line has ${%s}",
                                sweep->name[i].name, sweep->name[i].name);
        }
        if (strlen(job->name) > JOB_MAX_NAME - 1 - SWEEP_MAX_DIGITS && job->point == 0) {
                job->line = 0;
                job_complain(job,
                        "the name has %zu bytes; with a [Sweep] at most %u, because its points are "
                        "called NAME@NUMBER",
                        strlen(job->name), JOB_MAX_NAME - 1 - SWEEP_MAX_DIGITS);
        }
}

static void check_required(struct jobkeys *keys, enum section section)
{
        for (size_t i = 0; i < KEYS; i++) {
                if (key_table[i].section == section && key_table[i].rule == REQUIRED &&
                        !keys->key_line[i])
                        job_complain(
                                keys->job, "[%s] has no %s=", sections[section], key_table[i].name);
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

static void check_expectation(struct job *job, const struct expectation *expectation)
{
        const struct argument *output = output_named(job, expectation->file);

        job->line = expectation->line;
        if (!output)
                job_complain(job,
                        "'%s' is not an output of this job: no Argument=out or inout has it",
                        expectation->file);
        else if (expectation->kind == EXPECT_LIKE && output->kind == ARGUMENT_OUT &&
                 output->size % element_bytes(expectation->type) != 0)
                job_complain(job, "'%s' has %llu bytes, which is no whole number of %s elements",
                        expectation->file, (unsigned long long)output->size,
                        element_name(expectation->type));
}

/* A kernel job that compares nothing can never pass, so it is refused before it runs. */
static void check_kernel(struct job *job)
{
        uint64_t total = 0;

        for (size_t i = 0; i < job->kernel.arguments; i++) {
                const struct argument *argument = &job->kernel.argument[i];

                job->line = argument->line;
                if (__builtin_add_overflow(total, argument->size, &total) || total > INT64_MAX)
                        job_complain(job, "the buffers are too large together");
        }
        for (size_t i = 0; i < job->expectations; i++)
                check_expectation(job, &job->expectation[i]);
        job->line = 0;
        if (job->expectations == 0)
                job_complain(job,
                        "no expectation: nothing was compared; a kernel needs a line in [Expect]");
}

/* There is one file of one run of it. */
static void check_checkpoint(struct job *job)
{
        if (!job->program.checkpoint)
                return;
        job->line = job_line_of(job, "Checkpoint", 0);
        if (job->sweep)
                job_complain(job, "Checkpoint= does not go with a [Sweep]");
        if (job->repeat > 1)
                job_complain(job, "Checkpoint= does not go with Repeat=");
}

/* Only in a user land of its own does it know where something lies. */
static void check_program(struct job *job)
{
        const struct words *exec = &job->program.exec;
        char advice[EXECUTABLE_ADVICE_SIZE];

        for (size_t i = 0; job->program.root && i < job->program.data.count; i++)
                if (path_collides(job->program.root, job->program.data.word[i]))
                        job_complain(job, "Root=%s is in the way of Data=%s", job->program.root,
                                job->program.data.word[i]);
        if (exec->count == 0 || exec->word[0][0] != '/' || job->program.root)
                return;
        executable_advice(exec->word, exec->count, advice);
        job->line = job_line_of(job, "Exec", 0);
        job_complain(
                job, "the path '%s' %s%s", exec->word[0], path_complaint(exec->word[0]), advice);
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
        struct job *job = keys->job;

        check_program(job);
        check_checkpoint(job);
        job->line = 0;
        check_required(keys, SECTION_JOB);
        if (job->type == JOB_UNKNOWN)
                return;
        check_sections(keys);
        if (keys->sweep && job->type != JOB_CHECK)
                check_sweep(keys);
        job->line = 0;
        check_required(keys, section_of_type(job->type));
        if (job->type != JOB_KERNEL && has_key(keys, "Context"))
                job_complain(job, "Context= does not go with Type=%s: it has one of its own always",
                        job_type_name(job->type));
        if (job->type == JOB_CHECK && has_key(keys, "Level") == has_key(keys, "Tests"))
                job_complain(job, "[Check] needs either Level= or Tests=");
        if (job->type == JOB_CHECK)
                check_values_finish(job, has_key(keys, "Timeout"));
        if (job->type == JOB_KERNEL && !job->error[0])
                check_kernel(job);
}
