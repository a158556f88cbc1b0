#include "dom0/fleet/versions.h"

#include <stdlib.h>

#include "dom0/base/memory.h"

#define EXCEPTION_SHARE 0.02 /* of a model, or one GPU: more are a second version */

static int compare_values(const void *one, const void *other)
{
        const struct versions_row *a = one, *b = other;

        if (a->model != b->model)
                return a->model < b->model ? -1 : 1;
        if (a->version != b->version)
                return a->version < b->version ? -1 : 1;
        return (a->value > b->value) - (a->value < b->value);
}

static int compare_counts(const void *one, const void *other)
{
        const struct versions_row *a = one, *b = other;

        if (a->model == b->model && a->version == b->version && a->gpus != b->gpus)
                return a->gpus > b->gpus ? -1 : 1;
        return compare_values(one, other);
}

/* One row for each GPU and version. */
static void take_all(struct versions *versions)
{
        const struct fleet *fleet = versions->fleet;

        versions->rows =
                memory_get((fleet->gpus_count * FLEET_VERSIONS + 1) * sizeof(*versions->rows));
        for (size_t i = 0; i < fleet->gpus_count; i++) {
                const struct fleet_sample *latest = fleet_latest(fleet, &fleet->gpus[i]);

                for (size_t v = 0; latest && !fleet->gpus[i].none && v < FLEET_VERSIONS; v++)
                        versions->rows[versions->count++] = (struct versions_row){
                                .model = fleet->gpus[i].model,
                                .version = (enum fleet_version)v,
                                .value = latest->versions[v],
                                .gpus = 1,
                                .first = (uint32_t)i,
                        };
        }
}

/* Equal rows become one. */
static void merge(struct versions *versions)
{
        size_t kept = 0;

        if (versions->count > 0)
                qsort(versions->rows, versions->count, sizeof(*versions->rows), compare_values);
        for (size_t i = 0; i < versions->count; i++)
                if (kept > 0 && compare_values(&versions->rows[kept - 1], &versions->rows[i]) == 0)
                        versions->rows[kept - 1].gpus++;
                else
                        versions->rows[kept++] = versions->rows[i];
        versions->count = kept;
}

static void count_models(struct versions *versions)
{
        for (size_t first = 0, end; first < versions->count; first = end) {
                struct versions_row *rows = versions->rows;
                size_t all = 0;

                for (end = first; end < versions->count && rows[end].model == rows[first].model &&
                                  rows[end].version == rows[first].version;
                        end++)
                        all += rows[end].gpus;
                for (size_t i = first; i < end; i++)
                        rows[i].of = all;
        }
}

struct versions versions_of(const struct fleet *fleet)
{
        struct versions versions = { .fleet = fleet };

        take_all(&versions);
        merge(&versions);
        count_models(&versions);
        if (versions.count > 0)
                qsort(versions.rows, versions.count, sizeof(*versions.rows), compare_counts);
        return versions;
}

void versions_free(struct versions *versions)
{
        free(versions->rows);
        *versions = (struct versions){ 0 };
}

const struct versions_row *versions_usual(
        const struct versions *versions, uint32_t model, enum fleet_version version)
{
        for (size_t i = 0; i < versions->count; i++)
                if (versions->rows[i].model == model && versions->rows[i].version == version)
                        return &versions->rows[i];
        return NULL;
}

double versions_distance(const struct versions *versions, uint32_t gpu, enum fleet_version version)
{
        const struct fleet_gpu *own = &versions->fleet->gpus[gpu];
        const struct fleet_sample *latest = fleet_latest(versions->fleet, own);
        const struct versions_row *usual = versions_usual(versions, own->model, version), *row;

        if (!latest || !usual)
                return 0;
        for (row = usual; row->value != latest->versions[version]; row++)
                if (row + 1 >= versions->rows + versions->count)
                        return 0;
        if (row == usual ||
                (row->gpus > 1 && (double)row->gpus > EXCEPTION_SHARE * (double)row->of))
                return 0;
        return (double)row->of / (1.2533 * (double)row->gpus);
}
