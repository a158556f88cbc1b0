#include "dom0/trialresult/obstacle.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "initramfs/driver/nvidia.h"
#include "lib/cleanup.h"

#define RUN_SCHEMA    "forestage-run/1"
#define LADDER_SCHEMA "forestage-ladder/1"

#define LADDER_DRIVER_STEPS 2u /* of the first: module, nodes */

const char *const obstacle_steps[] = { "module", "nodes", "nvml", "cuinit", "context",
        "host_write_combined", "host_cached", "device_memory", "kernel", "copies", "pinned",
        "second_process", "iterations", NULL };

/* --- words --- */

/* What the kernel's log, or a step's own words, mean; the first that fits. docs/feasibility.md. */
static const struct {
        const char *step; /* NULL: any */
        const char *mark; /* in the step's reason or in the log */
        const char *meaning;
} meanings[] = {
        { NULL, "PAT configuration unsupported",
                "the driver does not accept the page attribute table that Xen gives a PV domain "
                "and "
                "has switched write-combining off; then it refuses memory that every context needs "
                "(docs/feasibility.md, section 3). A PVH dom0, the open modules from 610.43.02 on, "
                "or --cached may do without" },
        { NULL, "builtin PAT support disabled",
                "NVreg_UsePageAttributeTable=0 has switched write-combining off, and memory that "
                "every context needs is refused then (docs/feasibility.md, section 2)" },
        { NULL, "swiotlb buffer is full",
                "the room for DMA bounce buffers is used up, and the driver does not work right "
                "with such buffers (docs/feasibility.md, section 5)" },
        { "host_write_combined", "",
                "write-combined system memory is refused; the driver does that where it does not "
                "accept the page attribute table (docs/feasibility.md, section 3)" },
        { "context", "NOT_SUPPORTED",
                "that is the answer where write-combined system memory is refused, which every "
                "context needs (docs/feasibility.md, section 3)" },
        { "context", "not supported",
                "that is the answer where write-combined system memory is refused, which every "
                "context needs (docs/feasibility.md, section 3)" },
        { "copies", "",
                "where a copy has other bytes, DMA goes to other pages than the driver means "
                "(docs/feasibility.md, section 5)" },
        { "pinned", "",
                "where pinned pages have other bytes, DMA goes to other pages than the driver "
                "means "
                "(docs/feasibility.md, section 5)" },
};

static const char *meaning_of(const char *step, const char *reason, const char *log)
{
        for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
                if ((!meanings[i].step || strcmp(meanings[i].step, step) == 0) &&
                        (strstr(reason, meanings[i].mark) ||
                                (!meanings[i].step && strstr(log, meanings[i].mark))))
                        return meanings[i].meaning;
        return NULL;
}

/* What it says, and what that means, if anything is known. Owned. */
static char *explain(const char *step, const char *reason, const char *log)
{
        const char *meaning = meaning_of(step, reason, log);
        struct nvidia_cause cause;

        if (!meaning && nvidia_find_cause(slice_of(log), &cause))
                meaning = cause.reason;
        return meaning ? memory_format("%s; %s", reason, meaning) : memory_copy(reason);
}

/* --- the checks: each gives what is wrong, owned, or NULL --- */

struct check {
        const char *step; /* under which it is told; one may set another */
        char *(*find)(
                const struct trial_evidence *facts, const json_t *comparison, const char **step);
};

static char *note_of(const struct trial_evidence *facts, const char *step)
{
        const json_t *note;
        size_t i;

        json_array_foreach(facts->notes, i, note)
                if (strcmp(get_text(note, "step"), step) == 0)
                        return memory_copy(get_text(note, "text"));
        return NULL;
}

static char *find_note(
        const struct trial_evidence *facts, const json_t *comparison, const char **step)
{
        (void)comparison;
        return note_of(facts, *step);
}

/* What has become of it since is for others to say: who sees only this cannot know. */
static char *find_stop(
        const struct trial_evidence *facts, const json_t *comparison, const char **step)
{
        (void)comparison;
        if (facts->over)
                return NULL;
        *step = trial_phase_name(facts->phases->last);
        return memory_format("it has not come to its end; it was last seen %s",
                trial_phase_text(facts->phases->last));
}

/* What is asked for of Xen is not always what one gets. */
static char *find_mode(
        const struct trial_evidence *facts, const json_t *comparison, const char **step)
{
        const char *wanted = get_text(facts->plan, "mode"),
                   *found = get_text(facts->place, "hypervisor");

        (void)comparison;
        (void)step;
        return *wanted && strcmp(wanted, found) == 0
                       ? NULL
                       : memory_format("this dom0 is of the kind \"%s\", not %s", found, wanted);
}

/* --- the ladder --- */

static bool is_schema(const json_t *document, const char *schema)
{
        return strcmp(get_text(document, "schema"), schema) == 0;
}

/* A rehearsal has no driver, and skips what it would be asked. */
static bool is_climbed(const json_t *entry, bool rehearsal)
{
        const char *status = get_text(entry, "status");

        return strcmp(status, "pass") == 0 || (rehearsal && strcmp(status, "skip") == 0);
}

static size_t count_steps(const json_t *steps, const char *name)
{
        const json_t *entry;
        size_t i, count = 0;

        json_array_foreach(steps, i, entry)
                count += strcmp(get_text(entry, "step"), name) == 0;
        return count;
}

/* From this one on there is one of each GPU. */
static bool is_of_gpus(size_t step)
{
        size_t first = 0;

        while (strcmp(obstacle_steps[first], "context") != 0)
                first++;
        return step >= first;
}

/* A step that is missing was not climbed. */
static char *find_missing(const struct trial_evidence *facts, const json_t *steps)
{
        size_t gpus = json_array_size(get_value(facts->dom0, "devices"));

        for (size_t i = 0; obstacle_steps[i]; i++) {
                size_t count = count_steps(steps, obstacle_steps[i]);

                if (count == 0)
                        return memory_format("the ladder has no step %s", obstacle_steps[i]);
                if (is_of_gpus(i) && facts->dom0 && count != gpus)
                        return memory_format("the ladder has %zu of the step %s, for %zu GPUs",
                                count, obstacle_steps[i], gpus);
        }
        return NULL;
}

static char *say_step(const json_t *entry, const char *log)
{
        const char *reason = get_text(entry, "reason"), *name = get_text(entry, "step");
        _cleanup_free_ char *status =
                memory_format("%s%s%s", get_text(entry, "status"), *reason ? ": " : "", reason);

        return explain(name, status, log);
}

/* The first step that was not climbed, if the ladder has any that was not. */
static const json_t *first_step(const struct trial_evidence *facts)
{
        const json_t *entry;
        size_t i;

        json_array_foreach(get_value(facts->ladder, "steps"), i, entry)
                if (!is_climbed(entry, get_bool(facts->ladder, "rehearsal")))
                        return entry;
        return NULL;
}

/*
 * Why the driver could not be loaded. Where the ladder misses it too, that is the step; where it
 * was climbed further, it was on another driver than the one to be tried.
 */
static char *find_refusal(
        const struct trial_evidence *facts, const json_t *comparison, const char **step)
{
        const char *missed = get_text(first_step(facts), "step");
        _cleanup_free_ char *note = note_of(facts, *step);

        (void)comparison;
        if (!note)
                return NULL;
        for (size_t i = 0; i < LADDER_DRIVER_STEPS; i++)
                if (strcmp(obstacle_steps[i], missed) == 0)
                        *step = obstacle_steps[i];
        return explain(*step, note, facts->log ? facts->log : "");
}

static char *find_step(
        const struct trial_evidence *facts, const json_t *comparison, const char **step)
{
        const json_t *entry = first_step(facts);

        (void)comparison;
        if (!is_schema(facts->ladder, LADDER_SCHEMA))
                return memory_copy("the ladder has left no ladder.json that can be read");
        if (entry) {
                if (get_string(entry, "step"))
                        *step = get_string(entry, "step");
                return say_step(entry, facts->log ? facts->log : "");
        }
        if (!facts->ladder_good || !json_is_null(get_value(facts->ladder, "obstacle")))
                return memory_copy("forestage-run does not say that the ladder was climbed");
        return find_missing(facts, get_value(facts->ladder, "steps"));
}

/* --- the runs --- */

static char *judge_run(const json_t *run, const char *id, const char *what)
{
        const json_t *job;
        size_t i;

        if (!is_schema(run, RUN_SCHEMA))
                return memory_format("%s has left no run.json that can be read", what);
        if (strcmp(get_text(run, "run_id"), id) != 0)
                return memory_format("%s is another run: %s", what, get_text(run, "run_id"));
        json_array_foreach(get_value(run, "jobs"), i, job)
                if (strcmp(get_text(job, "status"), "pass") != 0)
                        return memory_format("%s: job %s: %s%s%s", what, get_text(job, "job"),
                                get_text(job, "status"), *get_text(job, "reason") ? ": " : "",
                                get_text(job, "reason"));
        if (strcmp(get_text(run, "verdict"), "pass") != 0 || !get_bool(run, "complete"))
                return memory_format("%s: its verdict is %s", what, get_text(run, "verdict"));
        return NULL;
}

static char *find_dom0(
        const struct trial_evidence *facts, const json_t *comparison, const char **step)
{
        (void)comparison;
        (void)step;
        if (!facts->jobs_good && !facts->dom0)
                return memory_copy("no job was run in dom0");
        return judge_run(facts->dom0, get_text(facts->plan, "trial"), "the run in dom0");
}

static char *find_jobs_code(
        const struct trial_evidence *facts, const json_t *comparison, const char **step)
{
        (void)comparison;
        (void)step;
        return facts->jobs_good ? NULL
                                : memory_copy("forestage-run does not say that the jobs passed");
}

static char *find_baseline(
        const struct trial_evidence *facts, const json_t *comparison, const char **step)
{
        (void)comparison;
        (void)step;
        return judge_run(facts->baseline, get_text(facts->plan, "order"), "the run before Xen");
}

/* --- the comparison --- */

static bool is_full(const json_t *entry)
{
        return json_is_object(get_value(entry, "baseline")) &&
               json_is_object(get_value(entry, "dom0"));
}

static size_t count_names(const json_t *comparison)
{
        json_auto_t *names = json_object();
        const json_t *entry;
        size_t i;

        json_array_foreach(comparison, i, entry)
                json_object_set_new(names, get_text(entry, "job"), json_true());
        return json_object_size(names);
}

static char *find_difference(
        const struct trial_evidence *facts, const json_t *comparison, const char **step)
{
        const json_t *entry;
        size_t i;

        (void)step;
        json_array_foreach(comparison, i, entry) {
                const char *job = get_text(entry, "job");

                if (!is_full(entry))
                        return memory_format("job %s was planned in one of the two runs only", job);
                if (strcmp(get_text(entry, "outputs"), "different") == 0)
                        return memory_format(
                                "job %s: its outputs are not those of the run before Xen", job);
        }
        if (get_bool(facts->baseline, "rehearsal") != get_bool(facts->dom0, "rehearsal"))
                return memory_copy("one of the two runs was a rehearsal, without a GPU");
        if (get_bool(facts->ladder, "rehearsal") != get_bool(facts->dom0, "rehearsal"))
                return memory_copy("one of ladder and jobs was a rehearsal, without a GPU");
        if (json_array_size(comparison) == 0)
                return memory_copy("there was no job to compare");
        if (json_array_size(comparison) != json_array_size(get_value(facts->baseline, "jobs")) ||
                json_array_size(comparison) != json_array_size(get_value(facts->dom0, "jobs")))
                return memory_copy("a run has a job twice");
        if ((long long)count_names(comparison) != get_integer(facts->plan, "jobs"))
                return memory_format("%zu jobs ran, and %lld were armed", count_names(comparison),
                        get_integer(facts->plan, "jobs"));
        return NULL;
}

/* The driver that was loaded is the one that was armed, and a GPU of the baseline is dom0's. */
static char *find_driver(
        const struct trial_evidence *facts, const json_t *comparison, const char **step)
{
        const char *wanted = get_text(facts->plan, "driver_version");
        const char *found = get_text(get_value(facts->dom0, "where"), "driver");

        (void)comparison;
        (void)step;
        if (!*wanted || obstacle_is_rehearsal(facts) || strcmp(wanted, found) == 0)
                return NULL;
        return memory_format(
                "the jobs met driver %s, not %s", *found ? found : "of no version", wanted);
}

static char *find_gpus(
        const struct trial_evidence *facts, const json_t *comparison, const char **step)
{
        const json_t *left = get_value(facts->baseline, "devices"),
                     *right = get_value(facts->dom0, "devices");

        (void)comparison;
        (void)step;
        if (json_array_size(left) != json_array_size(right))
                return memory_format("the run before Xen had %zu GPUs, and dom0's %zu",
                        json_array_size(left), json_array_size(right));
        for (size_t i = 0; i < json_array_size(left); i++)
                if (strcmp(get_text(json_array_get(left, i), "uuid"),
                            get_text(json_array_get(right, i), "uuid")) != 0)
                        return memory_format("GPU %zu is another one than before Xen", i);
        return NULL;
}

/* --- all of them --- */

/* The first that finds something is the obstacle. */
static const struct check checks[] = {
        { "begin", find_note },
        { "begin", find_stop },
        { "mode", find_mode },
        { "driver", find_refusal },
        { "ladder", find_note },
        { "ladder", find_step },
        { "jobs", find_note },
        { "jobs", find_dom0 },
        { "jobs", find_jobs_code },
        { "baseline", find_baseline },
        { "collect", find_note },
        { "compare", find_note },
        { "compare", find_difference },
        { "compare", find_driver },
        { "compare", find_gpus },
};

static json_t *make(const char *step, const char *why, const char *log)
{
        json_t *text = json_string(why);

        return json_pack("{s:s, s:o, s:o}", "step", step, "why",
                text ? text : json_string("it says so in bytes that are no text"), "kernel",
                obstacle_lines(log));
}

json_t *obstacle_find(const struct trial_evidence *facts, const json_t *comparison)
{
        for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
                const char *step = checks[i].step;
                _cleanup_free_ char *why = checks[i].find(facts, comparison, &step);

                if (why)
                        return make(step, why, facts->log ? facts->log : "");
        }
        return NULL;
}

bool obstacle_is_rehearsal(const struct trial_evidence *facts)
{
        return get_bool(facts->dom0, "rehearsal") || get_bool(facts->baseline, "rehearsal") ||
               get_bool(facts->ladder, "rehearsal");
}

static bool is_telling(struct slice line)
{
        static const char *const marks[] = { "NVRM", "nvidia", "PAT", "swiotlb", "software IO TLB",
                "Xid", "BUG:", "Oops", "IOMMU", "DMAR", "AMD-Vi", "hung task", "blocked for more" };

        for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
                if (memmem(line.data, line.length, marks[i], strlen(marks[i])))
                        return true;
        return false;
}

json_t *obstacle_lines(const char *log)
{
        json_t *list = json_array();

        while (log && *log) {
                struct slice line = { log, strcspn(log, "\n") };
                json_t *text = is_telling(line) ? json_stringn(line.data, line.length) : NULL;

                if (text)
                        json_array_append_new(list, text);
                if (json_array_size(list) > OBSTACLE_LINES)
                        json_array_remove(list, OBSTACLE_LINES / 2); /* the middle says least */
                log += line.length + (log[line.length] == '\n');
        }
        return list;
}
