#include "dom0/check/jobreview.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dom0/base/json.h"
#include "dom0/base/print.h"
#include "dom0/check/ptxentry.h"
#include "jobs/argument.h"
#include "jobs/element.h"
#include "jobs/executable.h"
#include "jobs/folder.h"
#include "jobs/room.h"
#include "lib/cleanup.h"
#include "lib/escape.h"
#include "lib/text.h"
#include "region/region.h"
#include "runner/record/record.h"

#define MODULE_MAX_BYTES (UINT64_C(1) << 31)
#define FATBIN_MAGIC     0xba55ed50u
#define SHARED_ALWAYS    (48u * 1024) /* dynamic shared memory that every GPU has */
#define COMMON_TARGET    75u          /* what every GPU with open kernel modules runs */
#define LARGE_BUFFERS    (UINT64_C(4) << 30)

/* One job on its way. */
struct review {
        const struct jobfolder *jobs;
        const struct job *job;
        json_t *complaints, *warnings;
        uint64_t gpus;         /* that the job runs on */
        uint64_t output_bytes; /* of the region, on one GPU */
};

static uint64_t add(uint64_t a, uint64_t b)
{
        return __builtin_add_overflow(a, b, &a) ? UINT64_MAX : a;
}

static uint64_t multiply(uint64_t a, uint64_t b)
{
        return __builtin_mul_overflow(a, b, &a) ? UINT64_MAX : a;
}

/* JSON has no such large numbers; what needs that much needs too much in any case. */
static json_t *number(uint64_t value)
{
        return json_integer(value <= INT64_MAX ? (json_int_t)value : INT64_MAX);
}

__attribute__((format(printf, 4, 5))) static void note(
        json_t *list, const struct job *job, unsigned line, const char *format, ...)
{
        char text[JOB_MAX_ERROR], file[JOB_MAX_NAME + 8];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        text_make_line(text);
        snprintf(file, sizeof(file), "%s.conf", job->name);
        json_array_append_new(
                list, json_pack("{s:s, s:o, s:s}", "file", file, "line",
                              line > 0 ? json_integer(line) : json_null(), "message", text));
}

#define complain(review, line, ...) note((review)->complaints, (review)->job, (line), __VA_ARGS__)
#define warn(review, line, ...)     note((review)->warnings, (review)->job, (line), __VA_ARGS__)

/* "NAME.conf:LINE: message", as the parser says it. */
static void take_complaint(struct review *review, const char *text)
{
        const char *message = strstr(text, ": ");
        const char *colon = strchr(text, ':');
        unsigned line = 0;

        if (colon && colon < message)
                line = (unsigned)strtoul(colon + 1, NULL, 10);
        note(review->complaints, review->job, line, "%s", message ? message + 2 : text);
}

/* --- files --- */

/* The size of a file that the job names; false, and a complaint, when there is no such file. */
static bool measure(struct review *review, unsigned line, const char *file, uint64_t *ret_bytes)
{
        _cleanup_close_ int fd = folder_open(review->jobs->fd, file, ret_bytes);

        if (fd < 0)
                complain(review, line, "'%s' %s", file, folder_strerror(fd));
        return fd >= 0;
}

static bool starts_with(const char *data, size_t length, const void *magic, size_t size)
{
        return length >= size && memcmp(data, magic, size) == 0;
}

static size_t value_bytes(const struct argument *argument)
{
        return argument->kind == ARGUMENT_VALUE ? argument->size : 8;
}

static void compare_parameters(struct review *review, const struct ptxentry *entry)
{
        const struct job *job = review->job;

        if (entry->parameters != job->kernel.arguments)
                complain(review, 0, "'%s' takes %zu parameters, but there are %zu Argument= lines",
                        job->kernel.function, entry->parameters, job->kernel.arguments);
        for (size_t i = 0; i < entry->parameters && i < job->kernel.arguments; i++) {
                const struct argument *argument = &job->kernel.argument[i];

                if (entry->bytes[i] > 0 && entry->bytes[i] != value_bytes(argument))
                        complain(review, argument->line,
                                "argument %zu has %zu bytes, but parameter %zu of '%s' has %llu",
                                i + 1, value_bytes(argument), i + 1, job->kernel.function,
                                (unsigned long long)entry->bytes[i]);
        }
}

static void review_ptx(struct review *review, const char *text, size_t length)
{
        const struct job *job = review->job;
        static struct ptxentry entry; /* large */

        if (!ptxentry_read(text, length, job->kernel.function, &entry))
                complain(review, 0, "%s has no kernel '%s'; it has: %s", job->kernel.module,
                        job->kernel.function, entry.names[0] ? entry.names : "none");
        else
                compare_parameters(review, &entry);
        if (entry.exact_target)
                warn(review, 0, "%s is for GPUs of compute capability %u.%u only",
                        job->kernel.module, entry.target / 10, entry.target % 10);
        else if (entry.target > COMMON_TARGET)
                warn(review, 0, "%s needs a GPU of compute capability %u.%u or newer",
                        job->kernel.module, entry.target / 10, entry.target % 10);
}

/* A cubin is an ELF file with a section ".text.NAME" for each kernel. */
static void review_cubin(struct review *review, const char *data, size_t length)
{
        const struct job *job = review->job;
        char section[600];
        int size = snprintf(section, sizeof(section), ".text.%s", job->kernel.function) + 1;

        if (size <= (int)sizeof(section) && !memmem(data, length, section, (size_t)size))
                complain(review, 0, "%s has no kernel '%s'", job->kernel.module,
                        job->kernel.function);
        else
                warn(review, 0, "%s runs on the GPUs only that it was compiled for",
                        job->kernel.module);
}

static void review_module(struct review *review)
{
        static const uint32_t fatbin = FATBIN_MAGIC;
        const char *path = review->job->kernel.module;
        _cleanup_free_ char *data = NULL;
        size_t length;
        int error = folder_read(review->jobs->fd, path, MODULE_MAX_BYTES, &data, &length);

        if (error)
                complain(review, 0, "Module=%s %s", path, folder_strerror(error));
        else if (starts_with(data, length, ELFMAG, SELFMAG))
                review_cubin(review, data, length);
        else if (starts_with(data, length, &fatbin, sizeof(fatbin)))
                warn(review, 0, "only a GPU can tell whether %s has '%s' for it", path,
                        review->job->kernel.function);
        else if (ptxentry_is_ptx(data, length))
                review_ptx(review, data, length);
        else
                complain(review, 0, "Module=%s is neither PTX nor a cubin nor a fatbin", path);
}

/* --- kernels --- */

static uint64_t review_argument(struct review *review, const struct argument *argument)
{
        uint64_t bytes = argument->kind == ARGUMENT_VALUE ? 0 : argument->size;

        if (argument->kind == ARGUMENT_IN || argument->kind == ARGUMENT_INOUT) {
                if (!measure(review, argument->line, argument->file, &bytes))
                        return 0;
                if (bytes == 0)
                        complain(review, argument->line, "'%s' is empty", argument->file);
        }
        if (argument_is_output(argument)) {
                review->output_bytes = add(review->output_bytes,
                        region_record_bytes(
                                strlen(argument->file) + strlen(review->job->name) + 16, bytes));
        }
        return bytes;
}

/* The bytes of the output that the expectation is about; false: unknown. */
static bool output_bytes(struct review *review, const char *file, uint64_t *ret_bytes)
{
        const struct job *job = review->job;

        for (size_t i = 0; i < job->kernel.arguments; i++) {
                const struct argument *argument = &job->kernel.argument[i];
                _cleanup_close_ int fd = -1;

                if (!argument_is_output(argument) || strcmp(argument->file, file) != 0)
                        continue;
                *ret_bytes = argument->size;
                if (argument->kind == ARGUMENT_OUT)
                        return true;
                fd = folder_open(review->jobs->fd, file, ret_bytes);
                return fd >= 0;
        }
        return false;
}

static void review_expectation(struct review *review, const struct expectation *expectation)
{
        uint64_t reference, output;

        if (expectation->kind != EXPECT_LIKE ||
                !measure(review, expectation->line, expectation->reference, &reference))
                return;
        if (reference == 0)
                complain(review, expectation->line, "the reference '%s' is empty",
                        expectation->reference);
        else if (reference % element_bytes(expectation->type) != 0)
                complain(review, expectation->line,
                        "the reference '%s' has %llu bytes, which is no whole number of %s "
                        "elements",
                        expectation->reference, (unsigned long long)reference,
                        element_name(expectation->type));
        else if (output_bytes(review, expectation->file, &output) && output != reference)
                complain(review, expectation->line,
                        "the reference '%s' has %llu bytes, but '%s' has %llu",
                        expectation->reference, (unsigned long long)reference, expectation->file,
                        (unsigned long long)output);
}

static void review_kernel(struct review *review)
{
        const struct job *job = review->job;
        uint64_t bytes = 0;

        review_module(review);
        for (size_t i = 0; i < job->kernel.arguments; i++)
                bytes = add(bytes, review_argument(review, &job->kernel.argument[i]));
        if (job->kernel.shared_bytes > SHARED_ALWAYS)
                warn(review, 0, "SharedMemory=%u is more than the 48 KiB that every GPU has",
                        job->kernel.shared_bytes);
        if (bytes > LARGE_BUFFERS)
                warn(review, 0, "its buffers take %llu MiB of the GPU's memory",
                        (unsigned long long)(bytes >> 20));
}

/* --- programs --- */

/* What the stage must have for it to run. */
static void review_executable(
        struct review *review, const char *path, const char *data, size_t length)
{
        struct executable executable;
        char why[WHY_SIZE];

        if (!executable_read(data, length, &executable, why)) {
                complain(review, 0, "%s cannot be executed: %s", path, why);
                return;
        }
        if (executable.kind == EXECUTABLE_SCRIPT)
                warn(review, 0, "%s is a script: its interpreter %s has to be in the image", path,
                        executable.interpreter);
        if (executable.kind == EXECUTABLE_DYNAMIC)
                warn(review, 0, "the libraries that %s needs have to be in the image", path);
        if (executable.doubt)
                warn(review, 0, "%s: %s", path, executable.doubt);
}

/* Where there are permissions: FAT, and so the stage, has none, and gives this one to all. */
static void review_permission(struct review *review, const char *path)
{
        struct stat status;

        if (strchr(path, '/') && fstatat(review->jobs->fd, path, &status, 0) == 0 &&
                !(status.st_mode & 0111))
                warn(review, 0,
                        "%s has no execute permission: in the stage it is given, but forestage-run "
                        "elsewhere cannot run it",
                        path);
}

static void review_program(struct review *review)
{
        const struct words *exec = &review->job->program.exec;
        char advice[EXECUTABLE_ADVICE_SIZE] = "";
        const char *path = exec->word[0];
        _cleanup_free_ char *data = NULL;
        size_t length;
        int error;

        if (strncmp(path, "./", 2) == 0)
                path += 2;
        error = folder_read(review->jobs->fd, path, MODULE_MAX_BYTES, &data, &length);
        if (error == -ENOENT)
                executable_advice(exec->word, exec->count, advice);
        if (error)
                complain(review, 0, "Exec=%s %s%s", path, folder_strerror(error), advice);
        else
                review_executable(review, path, data, length);
        if (!error)
                review_permission(review, path);
        if (review->job->program.collect.count + review->job->expectations > 0)
                warn(review, 0, "how large the files are that it leaves, only a run can tell");
}

/* --- a job, and all of them --- */

static void review_devices(struct review *review, uint64_t gpus)
{
        const struct job *job = review->job;

        review->gpus = job->all_devices ? gpus : job->devices.count;
        for (size_t i = 0; i < job->devices.count; i++) {
                const char *word = job->devices.word[i];

                if (word[0] == 'G')
                        warn(review, 0, "only the machine can tell whether it has %s", word);
                else if (strtoul(word, NULL, 10) >= gpus)
                        warn(review, 0, "Device=%s: checked for a machine with %llu GPU%s", word,
                                (unsigned long long)gpus, gpus == 1 ? "" : "s");
        }
}

/* Its name is the job's but for the end, unless it had to be changed: then that is complained of.
 */
static void review_file(struct review *review)
{
        char file[JOB_MAX_NAME + 8];
        struct stat status;

        snprintf(file, sizeof(file), "%s.conf", review->job->name);
        if (fstatat(review->jobs->fd, file, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                S_ISLNK(status.st_mode))
                warn(review, 0, "the file is a symbolic link, and forestage arm takes none along");
}

static void review_parts(struct review *review, uint64_t gpus)
{
        const struct job *job = review->job;

        review_file(review);
        if (job->complaints.count > 0) {
                for (size_t i = 0; i < job->complaints.count; i++)
                        take_complaint(review, job->complaints.word[i]);
                return;
        }
        review_devices(review, gpus);
        if (job->type == JOB_KERNEL)
                review_kernel(review);
        else if (job->type == JOB_PROGRAM)
                review_program(review);
        else
                warn(review, 0, "what the tests find, only a GPU can tell");
        for (size_t i = 0; i < job->expectations; i++)
                review_expectation(review, &job->expectation[i]);
}

/* Files that somebody may take for jobs. */
static json_t *review_others(const struct jobfolder *jobs)
{
        json_t *list = json_array();

        for (size_t i = 0; i < jobs->others; i++) {
                char file[4 * NAME_MAX + 8];

                escape_text(jobs->other[i].file, strlen(jobs->other[i].file), file, sizeof(file));
                json_array_append_new(list, json_pack("{s:s, s:n, s:s}", "file", file, "line",
                                                    "message", jobs->other[i].why));
        }
        return list;
}

/* The sums over all jobs. */
struct sums {
        uint64_t complaints, warnings, programs, entries;
        uint64_t outputs, results, printed, milliseconds;
};

static json_t *review_job(
        const struct jobfolder *jobs, const struct job *job, uint64_t gpus, struct sums *sums)
{
        struct review review = {
                .jobs = jobs,
                .job = job,
                .complaints = json_array(),
                .warnings = json_array(),
                .gpus = 1,
        };
        uint64_t outputs, results, printed;

        review_parts(&review, gpus);
        outputs = multiply(review.gpus, review.output_bytes);
        results = multiply(review.gpus, ROOM_PLAN_BYTES + room_of_job(job, true));
        printed = multiply(review.gpus, multiply(2, job->limits.keep_bytes));
        sums->complaints += json_array_size(review.complaints);
        sums->warnings += json_array_size(review.warnings);
        sums->programs += job->type == JOB_PROGRAM;
        sums->entries = add(sums->entries, review.gpus);
        sums->outputs = add(sums->outputs, outputs);
        sums->results = add(sums->results, results);
        sums->printed = add(sums->printed, printed);
        sums->milliseconds = add(sums->milliseconds, job->timeout_ms);
        return json_pack("{s:s, s:s, s:s?, s:o, s:o, s:o, s:o, s:o}", "job", job->name, "kind",
                job_type_name(job->type), "description", job->description, "gpus",
                number(review.gpus), "timeout_s", json_real((double)job->timeout_ms / 1e3),
                "outputs_bytes", number(outputs), "complaints", review.complaints, "warnings",
                review.warnings);
}

static json_t *region_object(const struct sums *sums, uint64_t size)
{
        uint64_t needed =
                add(add(sums->outputs, sums->results), ROOM_STAGE_BYTES + 2 * REGION_HEADER_SIZE);

        return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "needed_bytes", number(needed),
                "outputs_bytes", number(sums->outputs), "results_bytes", number(sums->results),
                "printed_bytes", number(sums->printed), "size_bytes",
                size > 0 ? number(size) : json_null(), "fits",
                size > 0 ? json_boolean(needed <= size) : json_null());
}

json_t *jobreview_make(
        const struct jobfolder *jobs, const char *folder, uint64_t gpus, uint64_t region_size)
{
        struct sums sums = { 0 };
        json_t *list = json_array(), *region, *name;
        bool good;

        for (size_t i = 0; i < jobs->count; i++)
                json_array_append_new(list, review_job(jobs, &jobs->job[i], gpus, &sums));
        region = region_object(&sums, region_size);
        good = jobs->count > 0 && sums.complaints == 0 && !json_is_false(get_value(region, "fits"));
        name = json_string(folder);
        return json_pack("{s:s, s:o, s:b, s:o, s:o, s:o, s:{s:o, s:o, s:o, s:o, s:o}, s:f, s:o}",
                "schema", "forestage-check/1", "folder", name ? name : json_null(), "good", good,
                "gpus", number(gpus), "jobs", list, "others", review_others(jobs), "counts", "jobs",
                number(jobs->count), "complaints", number(sums.complaints), "warnings",
                number(sums.warnings), "programs", number(sums.programs), "entries",
                number(sums.entries), "timeouts_s", (double)sums.milliseconds / 1e3, "region",
                region);
}

void jobreview_print_notes(FILE *to, const json_t *list, const char *before, const char *what)
{
        const json_t *note;
        size_t i;

        json_array_foreach(list, i, note) {
                const json_t *line = get_value(note, "line");
                char place[32] = "";

                if (json_is_integer(line))
                        snprintf(place, sizeof(place), ":%lld", get_integer(note, "line"));
                print_line(to, "%s%s%s: %s%s", before, get_string(note, "file"), place, what,
                        get_string(note, "message"));
        }
}

uint64_t jobreview_number(const json_t *review, const char *object, const char *key)
{
        return (uint64_t)get_integer(get_value(review, object), key);
}
