#include "dom0/fleet/apart.h"

#include <math.h>
#include <stdlib.h>

#include "dom0/base/memory.h"
#include "dom0/figures/numbers.h"
#include "lib/cleanup.h"

#define EARLIER_RUNS 2u /* before the latest: fewer say nothing of what is usual */

/* Below this share of the median no difference matters, however alike the others are. */
static double least_share(const char *name)
{
        switch (numbers_kind(name)) {
        case NUMBERS_RATE:
                return 0.002;
        case NUMBERS_TIME:
                return 0.02;
        case NUMBERS_OTHER:
                break;
        }
        return 0;
}

/* More of a rate and less of a time is no fault. */
static double badness(const char *name, double distance)
{
        switch (numbers_kind(name)) {
        case NUMBERS_RATE:
                return distance < 0 ? -distance : 0;
        case NUMBERS_TIME:
                return distance > 0 ? distance : 0;
        case NUMBERS_OTHER:
                break;
        }
        return fabs(distance);
}

/* --- entries and their groups --- */

static void add_entry(struct apart_list *list, const struct apart_entry *entry)
{
        list->entries = memory_grow(list->entries, list->entries_count, sizeof(*list->entries));
        list->entries[list->entries_count++] = *entry;
}

static void take_latest(const struct fleet *fleet, struct apart_list *list)
{
        for (size_t i = 0; i < fleet->gpus_count; i++) {
                const struct fleet_gpu *gpu = &fleet->gpus[i];
                const struct fleet_sample *latest = fleet_latest(fleet, gpu);

                for (size_t k = 0; latest && !gpu->none && k < latest->count; k++)
                        add_entry(list, &(struct apart_entry){
                                                .model = gpu->model,
                                                .name = latest->figures[k].name,
                                                .gpu = (uint32_t)i,
                                                .value = latest->figures[k].value,
                                                .compared = latest->figures[k].value,
                                        });
        }
}

static const struct fleet_figure *figure_of(const struct fleet_sample *sample, uint32_t name)
{
        size_t low = 0, high = sample->count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (sample->figures[middle].name < name)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low < sample->count && sample->figures[low].name == name ? &sample->figures[low]
                                                                        : NULL;
}

/* What the earlier runs of a GPU have of a figure; `values` has room for one of each. */
static size_t earlier_values(
        const struct fleet *fleet, const struct fleet_gpu *gpu, uint32_t name, double *values)
{
        size_t count = 0;

        for (size_t i = gpu->first; i + 1 < gpu->first + gpu->samples; i++) {
                const struct fleet_figure *figure = figure_of(&fleet->samples[i], name);

                if (figure)
                        values[count++] = figure->value;
        }
        return count;
}

static void take_changes_of(const struct fleet *fleet, uint32_t number, struct apart_list *list)
{
        const struct fleet_gpu *gpu = &fleet->gpus[number];
        const struct fleet_sample *latest = fleet_latest(fleet, gpu);
        _cleanup_free_ double *values = memory_get(gpu->samples * sizeof(*values));

        for (size_t k = 0; k < latest->count; k++) {
                const struct fleet_figure *figure = &latest->figures[k];
                size_t count = earlier_values(fleet, gpu, figure->name, values);
                double median = robust_of(values, count).median;

                if (count >= EARLIER_RUNS)
                        add_entry(list, &(struct apart_entry){
                                                .model = gpu->model,
                                                .name = figure->name,
                                                .gpu = number,
                                                .value = figure->value,
                                                .usual = median,
                                                .compared = (figure->value - median) /
                                                            (median != 0 ? fabs(median) : 1),
                                        });
        }
}

static void take_changes(const struct fleet *fleet, struct apart_list *list)
{
        for (size_t i = 0; i < fleet->gpus_count; i++)
                if (!fleet->gpus[i].none && fleet->gpus[i].samples > EARLIER_RUNS)
                        take_changes_of(fleet, (uint32_t)i, list);
}

static int compare(const void *one, const void *other)
{
        const struct apart_entry *a = one, *b = other;

        if (a->model != b->model)
                return a->model < b->model ? -1 : 1;
        if (a->name != b->name)
                return a->name < b->name ? -1 : 1;
        if (a->compared != b->compared)
                return a->compared < b->compared ? -1 : 1;
        return (a->gpu > b->gpu) - (a->gpu < b->gpu);
}

/* Those from `first` on with its model and name. */
static size_t length_of(const struct apart_list *list, size_t first)
{
        size_t end = first + 1;

        while (end < list->entries_count &&
                list->entries[end].model == list->entries[first].model &&
                list->entries[end].name == list->entries[first].name)
                end++;
        return end - first;
}

static void judge(
        struct apart_list *list, struct apart_group *group, const char *name, double least)
{
        for (size_t i = group->first; i < group->first + group->count; i++) {
                struct apart_entry *entry = &list->entries[i];

                entry->distance =
                        badness(name, robust_distance(&group->robust, entry->compared, least));
                group->far += entry->distance >= APART_FAR;
        }
}

/* `is_share`: what is compared is a share already, and 0 is what is usual. */
static void make_groups(const struct fleet *fleet, struct apart_list *list, bool is_share)
{
        if (list->entries_count > 0)
                qsort(list->entries, list->entries_count, sizeof(*list->entries), compare);
        for (size_t first = 0; first < list->entries_count;) {
                struct apart_group group = {
                        .model = list->entries[first].model,
                        .name = list->entries[first].name,
                        .first = first,
                        .count = length_of(list, first),
                };
                _cleanup_free_ double *values = memory_get(group.count * sizeof(*values));
                const char *name = lexicon_text(&fleet->names, group.name);

                for (size_t i = 0; i < group.count; i++)
                        values[i] = list->entries[first + i].compared;
                group.robust = robust_of(values, group.count);
                if (group.count >= APART_GPUS)
                        judge(list, &group, name,
                                least_share(name) * (is_share ? 1 : fabs(group.robust.median)));
                list->groups = memory_grow(list->groups, list->groups_count, sizeof(*list->groups));
                list->groups[list->groups_count++] = group;
                first += group.count;
        }
}

/* --- findings --- */

/* One for each GPU until they are sorted: those at distance 0 are none. */
static void add_finding(struct apart_finding *all, const struct apart_finding *found)
{
        struct apart_finding *own = &all[found->gpu];
        size_t others = own->distance > 0 ? own->others + 1 : 0;

        if (found->distance > own->distance)
                *own = *found;
        own->others = others;
}

static void find_in(const struct apart_list *list, enum apart_kind kind, struct apart_finding *all)
{
        for (size_t g = 0; g < list->groups_count; g++) {
                const struct apart_group *group = &list->groups[g];

                for (size_t i = group->first; group->far > 0 && i < group->first + group->count;
                        i++) {
                        const struct apart_entry *entry = &list->entries[i];
                        double usual = kind == APART_EARLIER ? entry->usual : group->robust.median;

                        if (entry->distance >= APART_FAR)
                                add_finding(all, &(struct apart_finding){
                                                         .gpu = entry->gpu,
                                                         .kind = kind,
                                                         .name = entry->name,
                                                         .value = entry->value,
                                                         .usual = usual,
                                                         .distance = entry->distance,
                                                 });
                }
        }
}

static void find_versions(
        const struct fleet *fleet, const struct versions *versions, struct apart_finding *all)
{
        for (size_t i = 0; i < fleet->gpus_count; i++)
                for (size_t v = 0; v < FLEET_VERSIONS; v++) {
                        double distance = versions_distance(versions, (uint32_t)i, v);

                        if (distance >= APART_FAR)
                                add_finding(all, &(struct apart_finding){
                                                         .gpu = (uint32_t)i,
                                                         .kind = APART_VERSION,
                                                         .name = (uint32_t)v,
                                                         .distance = distance,
                                                 });
                }
}

static int compare_findings(const void *one, const void *other)
{
        const struct apart_finding *a = one, *b = other;

        if (a->distance != b->distance)
                return a->distance > b->distance ? -1 : 1;
        return (a->gpu > b->gpu) - (a->gpu < b->gpu);
}

static size_t count_unjudged(const struct fleet *fleet)
{
        _cleanup_free_ size_t *of_model = memory_get((fleet->words.count + 1) * sizeof(size_t));
        size_t count = 0;

        for (size_t i = 0; i < fleet->gpus_count; i++)
                of_model[fleet->gpus[i].model] +=
                        !fleet->gpus[i].none && fleet->gpus[i].samples > 0;
        for (size_t i = 0; i < fleet->words.count; i++)
                if (of_model[i] < APART_GPUS)
                        count += of_model[i];
        return count;
}

static void drop_list(struct apart_list *list)
{
        free(list->entries);
        free(list->groups);
        *list = (struct apart_list){ 0 };
}

struct apart apart_find(const struct fleet *fleet)
{
        struct apart apart = {
                .findings = memory_get((fleet->gpus_count + 1) * sizeof(*apart.findings)),
                .versions = versions_of(fleet),
                .unjudged = count_unjudged(fleet),
        };
        _cleanup_(drop_list) struct apart_list changes = { 0 };

        take_latest(fleet, &apart.figures);
        make_groups(fleet, &apart.figures, false);
        find_in(&apart.figures, APART_OTHERS, apart.findings);
        take_changes(fleet, &changes);
        make_groups(fleet, &changes, true);
        find_in(&changes, APART_EARLIER, apart.findings);
        find_versions(fleet, &apart.versions, apart.findings);
        qsort(apart.findings, fleet->gpus_count, sizeof(*apart.findings), compare_findings);
        while (apart.count < fleet->gpus_count && apart.findings[apart.count].distance > 0)
                apart.count++;
        return apart;
}

void apart_free(struct apart *apart)
{
        drop_list(&apart->figures);
        versions_free(&apart->versions);
        free(apart->findings);
        *apart = (struct apart){ 0 };
}

const struct apart_finding *apart_of(const struct apart *apart, uint32_t gpu)
{
        for (size_t i = 0; i < apart->count; i++)
                if (apart->findings[i].gpu == gpu)
                        return &apart->findings[i];
        return NULL;
}
