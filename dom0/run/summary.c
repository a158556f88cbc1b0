#include "dom0/run/summary.h"

#include <string.h>

#include "dom0/base/escape.h"
#include "dom0/base/json.h"
#include "dom0/base/print.h"
#include "dom0/sweep/sweeps.h"

#define TEXT_SIZE     512u
#define REASON_COLUMN 53u /* of the table of jobs */

const char *summary_verdict(const char *verdict)
{
        static const struct {
                const char *verdict, *shown;
        } names[] = {
                { "pass", "PASS" },
                { "fail", "FAIL" },
                { "empty", "NOTHING RAN" },
                { "incomplete", "INCOMPLETE" },
        };

        for (size_t i = 0; verdict && i < sizeof(names) / sizeof(names[0]); i++)
                if (strcmp(names[i].verdict, verdict) == 0)
                        return names[i].shown;
        return "UNKNOWN";
}

/* "2 pass, 1 fail", without the statuses that nobody has. */
static void describe_counts(const json_t *counts, char *out, size_t size)
{
        static const char *const statuses[] = { "pass", "fail", "error", "timeout", "skip",
                "notrun" };
        size_t used = 0;

        snprintf(out, size, "no jobs");
        for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
                long long count = get_integer(counts, statuses[i]);

                if (count > 0 && used < size)
                        used += (size_t)snprintf(out + used, size - used, "%s%lld %s",
                                used ? ", " : "", count, statuses[i]);
        }
}

static void print_verdict(FILE *to, const json_t *document)
{
        const char *id = get_string(document, "run_id");
        char counts[TEXT_SIZE];
        const json_t *reason;
        size_t i;

        fprintf(to, "Forestage run %s\n", id ? id : "(its id could not be read)");
        describe_counts(get_value(document, "counts"), counts, sizeof(counts));
        print_labelled(to, "Verdict:", "%s (%s)", summary_verdict(get_string(document, "verdict")),
                counts);
        json_array_foreach(get_value(document, "reasons"), i, reason)
                print_labelled(to, i == 0 ? "Because:" : "", "%s", json_string_value(reason));
        if (get_bool(document, "rehearsal"))
                fputs("\n"
                      "  **********************************************************************\n"
                      "  ** REHEARSAL: no GPU was involved, the CPU interpreted the kernels. **\n"
                      "  ** This run says nothing about any GPU.                             **\n"
                      "  **********************************************************************\n",
                        to);
        putc('\n', to);
}

/* Prints "Label: value" when run.where has the key and it is not null. */
static void print_where(FILE *to, const json_t *where, const char *label, const char *key)
{
        const json_t *value = get_value(where, key);

        if (value && !json_is_null(value))
                print_labelled(to, label, "%s", SHOWN_VALUE(value));
}

/* cuDriverGetVersion's number is 1000 times the major version and 10 times the minor one. */
static void print_cuda(FILE *to, const json_t *where)
{
        long long version = get_integer(where, "cuda_version");

        if (!json_is_integer(get_value(where, "cuda_version")))
                print_where(to, where, "CUDA:", "cuda_version");
        else
                print_labelled(to, "CUDA:", "%lld.%lld", version / 1000, version % 1000 / 10);
}

static void print_place(FILE *to, const json_t *document)
{
        const json_t *where = get_value(document, "where");
        const json_t *hypervisor = get_value(where, "hypervisor");
        const char *vendor = get_string(where, "hypervisor_vendor");

        if (json_is_true(hypervisor))
                print_labelled(to, "Ran on:",
                        "under a hypervisor, not on bare metal (CPUID's hypervisor bit is set%s%s)",
                        vendor ? ": " : "", vendor ? vendor : "");
        else
                print_labelled(to, "Ran on:", "%s",
                        json_is_false(hypervisor) ? "bare metal (CPUID's hypervisor bit is clear)"
                                                  : "not recorded");
        print_where(to, where, "Machine:", "machine");
        print_where(to, where, "CPU:", "cpu");
        print_where(to, where, "Kernel:", "kernel");
        print_where(to, where, "PAT:", "pat");
        print_where(to, where, "GPU driver:", "driver");
        print_cuda(to, where);
}

static void print_devices(FILE *to, const json_t *document)
{
        const json_t *device;
        size_t i;

        json_array_foreach(get_value(document, "devices"), i, device) {
                print_labelled(to, i == 0 ? "Devices:" : "", "%lld  %s, PCI %s",
                        get_integer(device, "index"), SHOWN_VALUE(get_value(device, "name")),
                        SHOWN_VALUE(get_value(device, "pci")));
                print_wrapped(to, 0, 15, SHOWN_VALUE(get_value(device, "uuid")));
        }
        if (i == 0)
                print_labelled(to, "Devices:", "none");
}

/* A short reason stands in the row, a longer one below it, and one like the last only once. */
static void print_reason(FILE *to, const json_t *job, const json_t *before)
{
        const json_t *given = get_value(job, "reason");
        char reason[TEXT_SIZE];

        if (!json_is_string(given)) {
                putc('\n', to);
                return;
        }
        print_value(given, reason, sizeof(reason));
        if (before && json_equal(given, get_value(before, "reason"))) {
                fputs(" as above\n", to);
        } else if (text_columns(reason) < PRINT_COLUMNS - REASON_COLUMN) {
                fprintf(to, " %s\n", reason);
        } else {
                putc('\n', to);
                print_wrapped(to, 0, 6, reason);
        }
}

/* Where a program says why it failed: its reason here is an exit code. */
static void print_stderr(FILE *to, const json_t *job)
{
        static const char name[] = "/stderr";
        const char *status = get_string(job, "status");
        const json_t *file;
        size_t i;

        if (status && strcmp(status, "pass") == 0)
                return;
        json_array_foreach(get_value(job, "files"), i, file) {
                const char *path = json_string_value(file);
                size_t length = path ? strlen(path) : 0;
                char line[TEXT_SIZE];

                if (length < sizeof(name) || strcmp(path + length + 1 - sizeof(name), name) != 0)
                        continue;
                snprintf(line, sizeof(line), "it printed errors: %s", SHOWN_VALUE(file));
                print_wrapped(to, 0, 6, line);
        }
}

static void print_dropped(FILE *to, const json_t *job, const char *key, const char *stream)
{
        long long bytes = get_integer(job, key);
        char line[TEXT_SIZE];

        if (bytes <= 0)
                return;
        snprintf(line, sizeof(line), "warning: %lld more bytes of %s were not kept (KeepOutput=)",
                bytes, stream);
        print_wrapped(to, 0, 6, line);
}

/* What it left and nobody has. */
static void print_lost(FILE *to, const json_t *job)
{
        const json_t *pattern, *left;
        size_t i;

        json_array_foreach(get_value(job, "unmatched"), i, pattern) {
                char line[TEXT_SIZE];

                snprintf(line, sizeof(line), "warning: Collect=%s found no file",
                        SHOWN_VALUE(pattern));
                print_wrapped(to, 0, 6, line);
        }
        json_array_foreach(get_value(job, "left"), i, left) {
                char line[TEXT_SIZE];

                snprintf(line, sizeof(line), "warning: %s", SHOWN_VALUE(left));
                print_wrapped(to, 0, 6, line);
        }
        print_dropped(to, job, "stdout_dropped_bytes", "stdout");
        print_dropped(to, job, "stderr_dropped_bytes", "stderr");
}

static void print_job(FILE *to, const json_t *job, const json_t *before)
{
        const json_t *wall = get_value(job, "wall_s");
        char time[32] = "-";

        if (json_is_number(wall))
                snprintf(time, sizeof(time), "%.3f s", json_number_value(wall));
        fputs("  ", to);
        print_column(to, SHOWN_VALUE(get_value(job, "job")), 24);
        print_column(to, SHOWN_VALUE(get_value(job, "device")), 6);
        print_column(to, get_string(job, "status"), 8);
        fprintf(to, "%10.10s", time);
        print_reason(to, job, before);
        print_stderr(to, job);
        print_lost(to, job);
}

/* What long sweeps came to; most of their points are not in the table. */
static void print_sweeps(FILE *to, const json_t *document)
{
        json_auto_t *sweeps = sweeps_of(document);
        const json_t *sweep;
        size_t i;

        json_array_foreach(sweeps, i, sweep) {
                char counts[TEXT_SIZE];

                sweeps_describe(sweep, counts, sizeof(counts));
                print_labelled(to, i == 0 ? "Sweeps:" : "",
                        "%s: %s; %lld of its %lld jobs are listed",
                        SHOWN_VALUE(get_value(sweep, "sweep")), counts, get_integer(sweep, "shown"),
                        get_integer(sweep, "jobs"));
        }
}

static void print_jobs(FILE *to, const json_t *document)
{
        json_auto_t *jobs = sweeps_shown(document);
        const json_t *before = NULL;
        json_t *job;
        size_t i;

        if (json_array_size(jobs) == 0)
                return;
        fprintf(to, "\n  %-24s %-6s %-8s %10s %s\n", "JOB", "DEVICE", "STATUS", "TIME", "REASON");
        json_array_foreach(jobs, i, job) {
                print_job(to, job, before);
                before = job;
        }
}

static void print_phases(FILE *to, const json_t *document)
{
        char text[TEXT_SIZE] = "";
        const char *name;
        json_t *seconds;
        size_t used = 0;

        json_object_foreach(get_value(document, "phases"), name, seconds)
                if (used < sizeof(text))
                        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%.*s %.3f",
                                used ? ", " : "", (int)(strlen(name) - 2), name,
                                json_number_value(seconds));
        putc('\n', to);
        if (used > 0)
                print_labelled(to, "Seconds:", "%s", text);
}

static void print_damage(FILE *to, const json_t *document)
{
        const char *copy = get_string(document, "header_damaged_copy");
        const json_t *region = get_value(document, "region"), *warning;
        size_t i;

        if (copy && strcmp(copy, "both") == 0)
                print_labelled(to, "Header:", "both copies of the region's header are damaged");
        else if (copy)
                print_labelled(to, "Header:",
                        "the %s copy of the region's header is damaged; the other one was used",
                        copy);
        if (json_is_integer(get_value(region, "damage_offset")))
                print_labelled(to, "Damage:", "at offset 0x%llx; %lld good records before it",
                        (unsigned long long)get_integer(region, "damage_offset"),
                        get_integer(region, "records"));
        json_array_foreach(get_value(document, "warnings"), i, warning)
                print_labelled(to, i == 0 ? "Warnings:" : "", "%s", json_string_value(warning));
}

/* With --only the table has not all jobs; what stands above it is of all. */
static void print_choice(FILE *to, const json_t *document)
{
        const json_t *words = get_value(document, "only"), *word;
        char text[TEXT_SIZE] = "";
        size_t i, used = 0;

        if (!words)
                return;
        json_array_foreach(words, i, word) {
                used = strlen(text);
                snprintf(text + used, sizeof(text) - used, "%s%s", i > 0 ? ", " : "",
                        json_string_value(word));
        }
        print_labelled(to, "Only:", "%s: %zu of %lld jobs", text,
                json_array_size(get_value(document, "jobs")),
                get_integer(get_value(document, "counts"), "planned"));
}

/* Whether a job that counts as passed has an output that is not what was expected. */
static bool has_wrong_output(const json_t *job)
{
        const json_t *output;
        size_t i;

        json_array_foreach(get_value(job, "outputs"), i, output)
                if (strcmp(get_text(output, "expect"), "fail") == 0)
                        return true;
        return false;
}

static bool is_good(const json_t *job)
{
        const char *status = get_text(job, "status");

        return strcmp(status, "pass") == 0 || strcmp(status, "skip") == 0;
}

/* Whether a GPU counts as passed, and one of its jobs has not. */
static bool has_false_gpu(const json_t *document)
{
        json_auto_t *bad = json_object();
        const json_t *one;
        char index[24];
        size_t i;

        json_array_foreach(get_value(document, "jobs"), i, one) {
                snprintf(index, sizeof(index), "%lld", get_integer(one, "device"));
                if (!is_good(one) && json_is_integer(get_value(one, "device")))
                        json_object_set_new(bad, index, json_true());
        }
        json_array_foreach(get_value(document, "devices"), i, one) {
                snprintf(index, sizeof(index), "%lld", get_integer(one, "index"));
                if (strcmp(get_text(one, "verdict"), "pass") == 0 && get_value(bad, index))
                        return true;
        }
        return false;
}

const char *summary_contradiction(const json_t *document)
{
        const json_t *code = get_value(document, "exit_code"), *job;
        size_t i;

        if (has_false_gpu(document))
                return "not every job of a GPU that it says it of passed";
        if (strcmp(get_text(document, "verdict"), "pass") != 0)
                return NULL;
        if (json_is_false(get_value(document, "complete")))
                return "it was not complete";
        if (json_is_integer(code) && json_integer_value(code) != 0)
                return "its exit code is not 0";
        json_array_foreach(get_value(document, "jobs"), i, job) {
                if (!is_good(job))
                        return "not every job passed";
                if (has_wrong_output(job))
                        return "an output was not as expected";
        }
        return NULL;
}

void summary_print(FILE *to, const json_t *document, const char *files)
{
        print_verdict(to, document);
        print_place(to, document);
        print_devices(to, document);
        print_choice(to, document);
        print_sweeps(to, document);
        print_jobs(to, document);
        print_phases(to, document);
        print_damage(to, document);
        print_labelled(to, "Files:", "%s", files);
}
