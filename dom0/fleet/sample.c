#include "dom0/fleet/sample.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "dom0/figures/numbers.h"
#include "dom0/run/summary.h"
#include "lib/cleanup.h"
#include "lib/text.h"

const char *const fleet_status_names[FLEET_STATUSES] = { "pass", "fail", "undecided", "incomplete",
        "untried", "rehearsal" };
const char *const fleet_version_names[FLEET_VERSIONS] = { "driver", "firmware", "vbios", "kernel" };

/* --- a run --- */

static uint32_t word_or_none(struct lexicon *words, const char *text)
{
        return text && *text ? lexicon_number(words, text) : LEXICON_NONE;
}

/* The name of the folder that a run folder is in: whoever brings runs together names hosts so. */
static char *folder_above(const char *path)
{
        const char *end = strrchr(path, '/'), *start = end;

        while (start && start > path && start[-1] != '/')
                start--;
        return start && start < end ? memory_copy_text(start, (size_t)(end - start))
                                    : memory_copy("");
}

static uint32_t host_of(struct fleet *fleet, const char *path, const json_t *document)
{
        _cleanup_free_ char *above = folder_above(path);
        const char *host = get_text(get_value(document, "collected"), "host");

        return lexicon_number(&fleet->words, *host ? host : above);
}

/* A run that is there twice counts once, as it was collected last. False: not this one. */
static bool claim_id(struct fleet *fleet, struct fleet_run *run)
{
        uint32_t known = *run->id ? lexicon_find(&fleet->ids, run->id) : LEXICON_NONE;
        struct fleet_run *other, *old;
        char *why;

        if (known == LEXICON_NONE) {
                if (*run->id) {
                        fleet->run_of_id = memory_grow(
                                fleet->run_of_id, fleet->ids.count, sizeof(*fleet->run_of_id));
                        fleet->run_of_id[fleet->ids.count] = (uint32_t)fleet->runs_count;
                        lexicon_number(&fleet->ids, run->id);
                }
                return true;
        }
        other = &fleet->runs[fleet->run_of_id[known]];
        run->replaced = strcmp(other->time, run->time) >= 0;
        other->replaced = !run->replaced;
        if (!run->replaced)
                fleet->run_of_id[known] = (uint32_t)fleet->runs_count;
        old = run->replaced ? run : other;
        why = memory_format("the same run is in %s", (run->replaced ? other : run)->path);
        fleet_skip(fleet, old->path, why);
        free(why);
        return !run->replaced;
}

static bool add_run(struct fleet *fleet, const char *path, const json_t *document)
{
        struct fleet_run run = {
                .path = memory_copy(path),
                .id = memory_copy(get_text(document, "run_id")),
        };
        bool counts;

        snprintf(run.time, sizeof(run.time), "%s",
                get_text(get_value(document, "collected"), "time"));
        run.host = host_of(fleet, path, document);
        counts = claim_id(fleet, &run);
        fleet->runs = memory_grow(fleet->runs, fleet->runs_count, sizeof(*fleet->runs));
        fleet->runs[fleet->runs_count++] = run;
        return counts;
}

/* --- a GPU --- */

/* A GPU that has no UUID is that of its host and place; NULL stands for none at all. */
static char *gpu_name(const char *host, const json_t *device)
{
        const char *uuid = get_text(device, "uuid");

        if (!device)
                return memory_format("%s: no GPU was seen", host);
        return *uuid ? memory_copy(uuid) : memory_format("%s %s", host, get_text(device, "pci"));
}

static uint32_t gpu_of(struct fleet *fleet, const struct fleet_run *run, const json_t *device)
{
        _cleanup_free_ char *name = gpu_name(lexicon_text(&fleet->words, run->host), device);
        uint32_t number = lexicon_number(&fleet->gpu_numbers, name);

        if (number == fleet->gpus_count) {
                fleet->gpus = memory_grow(fleet->gpus, fleet->gpus_count, sizeof(*fleet->gpus));
                fleet->gpus[fleet->gpus_count++] = (struct fleet_gpu){
                        .uuid = lexicon_number(&fleet->words, name),
                        .none = !device,
                };
        }
        fleet->gpus[number].model =
                lexicon_number(&fleet->words, device ? get_text(device, "name") : "no GPU");
        return number;
}

static void add_figure(
        struct fleet *fleet, struct fleet_sample *sample, const char *name, const json_t *value)
{
        double number = json_number_value(value);

        if (!isfinite(number) || sample->count >= FLEET_FIGURES ||
                (fleet->names.count >= FLEET_NAMES &&
                        lexicon_find(&fleet->names, name) == LEXICON_NONE)) {
                fleet->left_out++;
                return;
        }
        sample->figures = memory_grow(sample->figures, sample->count, sizeof(*sample->figures));
        sample->figures[sample->count++] = (struct fleet_figure){
                .name = lexicon_number(&fleet->names, name),
                .value = number,
        };
}

/* What the host and the driver's start take says little of a GPU, and now and then it is anything.
 */
static bool is_of_host(const char *name)
{
        static const char *const last_words[] = { "allocate_s", "busy_s", "compile_s", "context_s",
                "estimate_s", "fill_s", "health_s", "inforom_s", "init_s", "library_s", "module_s",
                "output_s", "standing_faults_s", "standing_modes_s", "standing_names_s",
                "standing_processes_s", "standing_rows_s", "standing_s", "tidy_s", "wall_s", NULL };
        const char *dot = strrchr(name, '.');

        return text_is_one_of(dot ? dot + 1 : name, last_words);
}

static void add_figures(struct fleet *fleet, struct fleet_sample *sample, const json_t *job)
{
        json_auto_t *numbers = numbers_of(job);
        const char *name;
        json_t *value;

        json_object_foreach(numbers, name, value) {
                _cleanup_free_ char *full = NULL;

                if (is_of_host(name))
                        continue;
                full = memory_format("%s %s", get_text(job, "job"), numbers_short(name));
                add_figure(fleet, sample, full, value);
        }
}

static void note_failure(struct fleet_sample *sample, const json_t *job)
{
        const char *reason = get_text(job, "reason");

        if (!sample->reason)
                sample->reason = memory_format("%s: %s%s%s", get_text(job, "job"),
                        get_text(job, "status"), *reason ? ": " : "", reason);
}

/* Takes the jobs that ran on it; what they say together, if the run as a whole is sound. */
static enum fleet_status take_jobs(
        struct fleet *fleet, struct fleet_sample *sample, const json_t *document)
{
        enum fleet_status status = FLEET_UNTRIED;
        const json_t *job;
        size_t i;

        json_array_foreach(get_value(document, "jobs"), i, job) {
                const json_t *device = get_value(job, "device");
                const char *found = get_text(job, "status");

                if (!json_is_integer(device) || json_integer_value(device) != sample->device)
                        continue;
                add_figures(fleet, sample, job);
                if (strcmp(found, "pass") == 0 || strcmp(found, "skip") == 0) {
                        if (status == FLEET_UNTRIED && strcmp(found, "pass") == 0)
                                status = FLEET_PASS;
                        continue;
                }
                note_failure(sample, job);
                status = FLEET_FAIL;
        }
        return status;
}

static enum fleet_status judge(
        const json_t *document, const json_t *device, enum fleet_status of_jobs)
{
        const char *verdict = get_text(document, "verdict");

        if (get_bool(document, "rehearsal") || get_bool(device, "rehearsal"))
                return FLEET_REHEARSAL;
        if (strcmp(verdict, "pass") != 0 && strcmp(verdict, "fail") != 0)
                return FLEET_INCOMPLETE;
        if (!device && strcmp(verdict, "fail") == 0)
                return FLEET_FAIL;
        if (of_jobs == FLEET_PASS && strcmp(verdict, "pass") != 0)
                return FLEET_UNDECIDED;
        if (of_jobs == FLEET_PASS && summary_contradiction(document))
                return FLEET_INCOMPLETE;
        return of_jobs;
}

static char *why(const json_t *document, enum fleet_status status)
{
        const char *reason = json_string_value(json_array_get(get_value(document, "reasons"), 0));
        const char *against = summary_contradiction(document);

        if (against && status == FLEET_INCOMPLETE)
                return memory_format("its run.json says pass, and %s", against);

        return memory_format("%s%s",
                status == FLEET_UNDECIDED ? "its own jobs passed, the run did not: " : "",
                reason                    ? reason
                : status == FLEET_UNTRIED ? "no job ran on it"
                                          : "no reason was given");
}

/* Of the GPU's check, when it had one. */
static const char *vbios_of(const json_t *document, long long number)
{
        const json_t *job, *test;
        size_t i, k;

        json_array_foreach(get_value(document, "jobs"), i, job) {
                const json_t *device = get_value(job, "device");

                if (!json_is_integer(device) || json_integer_value(device) != number)
                        continue;
                json_array_foreach(get_value(get_value(job, "check"), "tests"), k, test) {
                        if (get_string(test, "vbios"))
                                return get_string(test, "vbios");
                }
        }
        return NULL;
}

static void add_device(struct fleet *fleet, const json_t *document, const json_t *device)
{
        const struct fleet_run *run = &fleet->runs[fleet->runs_count - 1];
        const json_t *where = get_value(document, "where");
        struct fleet_sample sample = {
                .run = (uint32_t)(fleet->runs_count - 1),
                .device = device ? get_integer(device, "index") : -1,
        };

        sample.gpu = gpu_of(fleet, run, device);
        for (size_t i = 0; i < FLEET_VERSIONS; i++)
                sample.versions[i] = word_or_none(&fleet->words,
                        i == FLEET_VBIOS ? vbios_of(document, sample.device)
                                         : get_string(where, fleet_version_names[i]));
        sample.status = judge(document, device, take_jobs(fleet, &sample, document));
        if (!sample.reason && sample.status != FLEET_PASS)
                sample.reason = why(document, sample.status);
        fleet->samples = memory_grow(fleet->samples, fleet->samples_count, sizeof(*fleet->samples));
        fleet->samples[fleet->samples_count++] = sample;
}

void fleet_add(struct fleet *fleet, const char *path, const json_t *document)
{
        const json_t *device;
        size_t i;

        if (!add_run(fleet, path, document))
                return;
        json_array_foreach(get_value(document, "devices"), i, device)
                add_device(fleet, document, device);
        if (json_array_size(get_value(document, "devices")) == 0)
                add_device(fleet, document, NULL);
}

void fleet_skip(struct fleet *fleet, const char *path, const char *why)
{
        fleet->skipped = memory_grow(fleet->skipped, fleet->skipped_count, sizeof(*fleet->skipped));
        fleet->skipped[fleet->skipped_count++] = (struct fleet_skipped){
                .path = memory_copy(path),
                .why = memory_copy(why),
        };
}

/* --- all of them --- */

static void release(struct fleet_sample *sample)
{
        free(sample->reason);
        free(sample->figures);
}

static int compare_time(const void *one, const void *other, void *fleet)
{
        const struct fleet_sample *a = one, *b = other;
        const struct fleet_run *runs = ((const struct fleet *)fleet)->runs;
        int time = strcmp(runs[a->run].time, runs[b->run].time);

        if (a->gpu != b->gpu)
                return a->gpu < b->gpu ? -1 : 1;
        return time ? time : strcmp(runs[a->run].path, runs[b->run].path);
}

static int compare_name(const void *one, const void *other)
{
        const struct fleet_figure *a = one, *b = other;

        return (a->name > b->name) - (a->name < b->name);
}

/* The first of each name: a figure that a run has twice is counted once. */
static void sort_figures(struct fleet_sample *sample)
{
        size_t kept = 0;

        if (sample->count > 0)
                qsort(sample->figures, sample->count, sizeof(*sample->figures), compare_name);
        for (size_t i = 0; i < sample->count; i++)
                if (kept == 0 || sample->figures[kept - 1].name != sample->figures[i].name)
                        sample->figures[kept++] = sample->figures[i];
        sample->count = kept;
}

/* Of each host, by its word, the run that was collected last. */
static const char **last_times(const struct fleet *fleet)
{
        const char **times = memory_get((fleet->words.count + 1) * sizeof(*times));

        for (size_t i = 0; i < fleet->runs_count; i++) {
                const struct fleet_run *run = &fleet->runs[i];

                if (!times[run->host] || strcmp(run->time, times[run->host]) > 0)
                        times[run->host] = run->time;
        }
        return times;
}

/* That no GPU was seen says nothing any more once the host has run again. */
static bool is_over(const struct fleet *fleet, const struct fleet_sample *sample, const char **last)
{
        const struct fleet_run *run = &fleet->runs[sample->run];

        return run->replaced ||
               (fleet->gpus[sample->gpu].none && strcmp(run->time, last[run->host]) < 0);
}

static int compare_place(const void *one, const void *other, void *argument)
{
        const struct fleet *fleet = argument;
        const uint32_t *a = one, *b = other;
        const struct fleet_sample *x = fleet_latest(fleet, &fleet->gpus[*a]),
                                  *y = fleet_latest(fleet, &fleet->gpus[*b]);
        int host;

        if (!x || !y)
                return (x == NULL) - (y == NULL);
        host = strcmp(lexicon_text(&fleet->words, fleet->runs[x->run].host),
                lexicon_text(&fleet->words, fleet->runs[y->run].host));
        if (host || x->device != y->device)
                return host ? host : x->device < y->device ? -1 : 1;
        return (*a > *b) - (*a < *b);
}

static void put_in_order(struct fleet *fleet)
{
        fleet->order = memory_get((fleet->gpus_count + 1) * sizeof(*fleet->order));
        for (size_t i = 0; i < fleet->gpus_count; i++)
                fleet->order[i] = (uint32_t)i;
        qsort_r(fleet->order, fleet->gpus_count, sizeof(*fleet->order), compare_place, fleet);
}

void fleet_settle(struct fleet *fleet)
{
        _cleanup_free_ const char **last = last_times(fleet);
        size_t kept = 0;

        for (size_t i = 0; i < fleet->samples_count; i++) {
                struct fleet_sample *sample = &fleet->samples[i];

                if (is_over(fleet, sample, last)) {
                        release(sample);
                        continue;
                }
                sort_figures(sample);
                fleet->samples[kept++] = *sample;
        }
        fleet->samples_count = kept;
        if (kept > 0)
                qsort_r(fleet->samples, kept, sizeof(*fleet->samples), compare_time, fleet);
        for (size_t i = 0; i < kept; i++) {
                struct fleet_gpu *gpu = &fleet->gpus[fleet->samples[i].gpu];

                if (gpu->samples++ == 0)
                        gpu->first = i;
        }
        put_in_order(fleet);
}

void fleet_free(struct fleet *fleet)
{
        for (size_t i = 0; i < fleet->samples_count; i++)
                release(&fleet->samples[i]);
        for (size_t i = 0; i < fleet->runs_count; i++) {
                free(fleet->runs[i].path);
                free(fleet->runs[i].id);
        }
        for (size_t i = 0; i < fleet->skipped_count; i++) {
                free(fleet->skipped[i].path);
                free(fleet->skipped[i].why);
        }
        free(fleet->samples);
        free(fleet->order);
        free(fleet->runs);
        free(fleet->gpus);
        free(fleet->skipped);
        lexicon_free(&fleet->words);
        lexicon_free(&fleet->names);
        lexicon_free(&fleet->gpu_numbers);
        lexicon_free(&fleet->ids);
        free(fleet->run_of_id);
        *fleet = (struct fleet){ 0 };
}

const struct fleet_sample *fleet_latest(const struct fleet *fleet, const struct fleet_gpu *gpu)
{
        return gpu->samples ? &fleet->samples[gpu->first + gpu->samples - 1] : NULL;
}

size_t fleet_count(const struct fleet *fleet, uint32_t model, enum fleet_status status)
{
        size_t count = 0;

        for (size_t i = 0; i < fleet->gpus_count; i++) {
                const struct fleet_sample *latest = fleet_latest(fleet, &fleet->gpus[i]);

                count += latest && latest->status == status &&
                         (model == LEXICON_NONE || fleet->gpus[i].model == model);
        }
        return count;
}
